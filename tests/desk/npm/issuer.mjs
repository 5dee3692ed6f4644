// An identity provider that somebody else wrote: people sign in by the authorization code flow with PKCE, and get
// access tokens by RFC 9068. It is told on its input where it listens, whose keys it has, and what it says of whom.
import Provider from "oidc-provider";

let given = "";
for await (const part of process.stdin) given += part;
const { port, audience, keys, people, clients } = JSON.parse(given);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys },
  clients: [
    {
      client_id: "desk",
      application_type: "native",
      token_endpoint_auth_method: "none",
      id_token_signed_response_alg: "ES256",
      redirect_uris: ["http://127.0.0.1/back"],
    },
    ...clients,
  ],
  clientBasedCORS: () => false,
  extraTokenClaims: (_context, token) => people[token.accountId],
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => ({
        scope: "desk",
        audience: resource,
        accessTokenFormat: "jwt",
        accessTokenTTL: 600,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});
provider.listen(port, "127.0.0.1", () => console.log("listening"));
