-- The checks of an invoice on its way from submitted to scheduled, as one transaction of a database that all share:
-- the invoice's number and month, its contract's payer, article, term, prices and ceiling, the payer's share and the
-- year's total, and what is stored and told of it.
CREATE TABLE contracts (
    contract_id text PRIMARY KEY, provider_code text NOT NULL, payer text NOT NULL, article text NOT NULL,
    source text NOT NULL, valid_from date NOT NULL, valid_to date NOT NULL, ceiling_cents bigint,
    accepted_cents bigint NOT NULL DEFAULT 0, prices jsonb NOT NULL
);
CREATE TABLE invoices (
    invoice_id text PRIMARY KEY, contract_id text NOT NULL, service_month text NOT NULL, amount_cents bigint NOT NULL,
    due_on date NOT NULL, body jsonb NOT NULL, UNIQUE (contract_id, service_month)
);
CREATE TABLE shares (
    payer text, article text, limit_cents bigint NOT NULL, committed_cents bigint NOT NULL, PRIMARY KEY (payer, article)
);
CREATE TABLE totals (year int PRIMARY KEY, limit_cents bigint NOT NULL, committed_cents bigint NOT NULL);
CREATE TABLE payments (payment_id text PRIMARY KEY, invoice_id text NOT NULL, amount_cents bigint NOT NULL, pay_on date);
CREATE TABLE outbox (id bigserial PRIMARY KEY, topic text NOT NULL, body jsonb NOT NULL);
CREATE SEQUENCE numbers;

INSERT INTO contracts
SELECT 'C-' || n, (300000000 + n % 2500)::text, 'VLK', '01', 'PSDF', '2022-01-01', '2022-12-31', NULL, 0,
       '{"S-0": 1250, "S-1": 1250, "S-2": 1250, "S-3": 1250, "S-4": 1250}'
FROM generate_series(0, 199999) AS n;
INSERT INTO shares VALUES ('VLK', '01', 90000000000000, 0);
INSERT INTO totals VALUES (2022, 90000000000000, 0);

CREATE FUNCTION invoice(n bigint) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'invoice_id', (300000000 + n % 200000 % 2500) || '/' || n, 'contract_id', 'C-' || n % 200000,
        'provider_code', (300000000 + n % 200000 % 2500)::text, 'payer', 'VLK', 'article', '01', 'source', 'PSDF',
        'service_month', '2022-' || lpad((1 + n / 200000)::text, 2, '0'), 'amount_cents', 18750,
        'lines', (SELECT jsonb_agg(jsonb_build_object('service_code', 'S-' || i, 'quantity', i + 1,
                                                      'unit_price_cents', 1250, 'amount_cents', (i + 1) * 1250))
                  FROM generate_series(0, 4) AS i))
$$;

CREATE FUNCTION submit(sent jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    contract contracts;
    month date := (sent->>'service_month' || '-01')::date;
    asked bigint := (sent->>'amount_cents')::bigint;
    due date := date '2023-01-15' + 30;
    found_sum bigint;
BEGIN
    SELECT * INTO contract FROM contracts WHERE contract_id = sent->>'contract_id' FOR UPDATE;
    IF NOT FOUND OR contract.provider_code <> sent->>'provider_code' OR contract.payer <> sent->>'payer'
        OR contract.article <> sent->>'article' OR contract.source <> sent->>'source'
        OR month < contract.valid_from OR month > contract.valid_to THEN
        RETURN 'refused';
    END IF;
    SELECT sum((line->>'quantity')::bigint * (contract.prices->>(line->>'service_code'))::bigint) INTO found_sum
    FROM jsonb_array_elements(sent->'lines') AS line;
    IF found_sum IS DISTINCT FROM asked OR contract.accepted_cents + asked > contract.ceiling_cents THEN
        RETURN 'returned';
    END IF;
    UPDATE contracts SET accepted_cents = accepted_cents + asked WHERE contract_id = contract.contract_id;
    INSERT INTO invoices VALUES (sent->>'invoice_id', contract.contract_id, sent->>'service_month', asked, due, sent);
    INSERT INTO outbox (topic, body) VALUES ('invoice.accepted', sent || jsonb_build_object('due_on', due));
    UPDATE shares SET committed_cents = committed_cents + asked
    WHERE payer = contract.payer AND article = contract.article AND committed_cents + asked <= limit_cents;
    IF NOT FOUND THEN
        RETURN 'waits';
    END IF;
    UPDATE totals SET committed_cents = committed_cents + asked
    WHERE year = 2022 AND committed_cents + asked <= limit_cents;
    INSERT INTO payments VALUES ((sent->>'invoice_id') || '@2022', sent->>'invoice_id', asked, due);
    INSERT INTO outbox (topic, body)
    VALUES ('payment.scheduled', jsonb_build_object('invoice_id', sent->>'invoice_id', 'pay_on', due, 'amount_cents', asked));
    RETURN 'scheduled';
END
$$;
