"""MongoDB's wire as the store uses it, in memory: documents are inserted, found and deleted, one index decides races."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError

from tests.simulation.network import Network

Document = dict[str, Any]
DUPLICATE = 11_000


class Documents:
    """A collection on the server: documents by ``_id``, in its order."""

    def __init__(self) -> None:
        self.by_id: dict[Any, Document] = {}
        self.order: list[Any] = []
        self.unique: list[tuple[str, ...]] = []
        self._taken: set[tuple[Any, ...]] = set()

    def insert(self, document: Document) -> bool:
        """Take a document; False where there is one of its name."""
        keys = [(*names, *(document[name] for name in names)) for names in self.unique]
        if document["_id"] in self.by_id or any(key in self._taken for key in keys):
            return False
        self.by_id[document["_id"]] = dict(document)
        insort(self.order, document["_id"])
        self._taken.update(keys)
        return True

    def delete(self, _id: Any) -> None:  # noqa: ANN401 - any value names a document
        document = self.by_id.pop(_id, None)
        if document is not None:
            del self.order[bisect_left(self.order, _id)]
            self._taken -= {(*names, *(document[name] for name in names)) for names in self.unique}

    def found(self, wanted: Mapping[str, Any], after: Any = None, most: int | None = None) -> list[Document]:  # noqa: ANN401
        """Documents that fit, by ``_id``, behind one of them."""
        first = 0 if after is None else bisect_right(self.order, after)
        last, within = len(self.order), wanted.get("_id")
        if isinstance(within, Mapping) and within.keys() <= {"$gt", "$lt"}:
            first = max(first, bisect_right(self.order, within["$gt"]) if "$gt" in within else 0)
            last = bisect_left(self.order, within["$lt"]) if "$lt" in within else last
        some = (self.by_id[_id] for _id in self.order[first:last])
        fit = [document for document in some if fits(document, wanted)]
        return fit if most is None else fit[:most]


def fits(document: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a document is one of those that are wanted."""
    for name, value in wanted.items():
        if name == "$or":
            if not any(fits(document, each) for each in value):
                return False
        elif isinstance(value, Mapping):
            of = document[name]
            asked = {"$in": lambda v, o=of: o in v, "$gt": lambda v, o=of: o > v, "$lt": lambda v, o=of: o < v}
            if not all(asked[sign](bound) for sign, bound in value.items()):
                return False
        elif document.get(name) != value:
            return False
    return True


class Server:
    """The store's server: its collections outlive whoever writes to them."""

    def __init__(self) -> None:
        self.collections: dict[str, Documents] = {}
        self.ids = 0

    def collection(self, name: str) -> Documents:
        return self.collections.setdefault(name, Documents())

    def new_id(self) -> str:
        """The name of a document that comes without one; later ones are greater."""
        self.ids += 1
        return f"id{self.ids:09d}"


class Client:
    """A process' client, of the shape of either driver."""

    def __init__(self, server: Server, network: Network) -> None:
        self.server, self.network = server, network
        self.admin = SimpleNamespace(command=self._command)

    def get_database(self, name: str, **_: object) -> "Database":
        return Database(self, name)

    def close(self) -> None:
        """Nothing is open."""

    async def _command(self, name: str) -> None:
        await self.ask(name, lambda: None)

    async def ask(self, what: str, act: Callable[[], Any], *, fate: str | None = None) -> Any:  # noqa: ANN401
        return await self.network.ask("store", what, act, AutoReconnect, fate=fate)


class Database:
    """A database by its name."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name = client, name

    def get_collection(self, name: str, **_: object) -> "Collection":
        return Collection(self, name)

    __getitem__ = get_collection

    async def list_collection_names(self) -> list[str]:
        begins = f"{self.name}/"
        names = self.client.server.collections
        return await self.client.ask(
            "names", lambda: sorted(n.removeprefix(begins) for n in names if n.startswith(begins))
        )


class Collection:
    """What the store asks of a collection; each question is one way there and back."""

    def __init__(self, database: Database, name: str) -> None:
        self.database, self.name = database, name
        self._client = database.client
        self._documents = self._client.server.collection(f"{database.name}/{name}")

    async def create_index(self, keys: Sequence[tuple[str, int]], *, unique: bool = False) -> None:
        names = tuple(name for name, _ in keys)

        def act() -> None:
            if unique and names not in self._documents.unique:
                self._documents.unique.append(names)

        await self._client.ask(f"{self.name} index", act)

    async def insert_one(self, document: Document) -> Any:  # noqa: ANN401 - as the drivers'
        document.setdefault("_id", self._client.server.new_id())

        def act() -> None:
            if not self._documents.insert(document):
                raise DuplicateKeyError(f"{self.name}: {document['_id']} is taken", DUPLICATE)

        await self._client.ask(f"{self.name} insert {document['_id']}", act)
        return SimpleNamespace(inserted_id=document["_id"])

    async def insert_many(self, documents: Sequence[Document], *, ordered: bool) -> None:
        """Insert each by itself; where the answer is lost, only some may have been."""
        assert not ordered
        for document in documents:
            document.setdefault("_id", self._client.server.new_id())
        network: Network = self._client.network
        fate = network.fate("store")
        some = [d for d in documents if network.dice.random() < 0.7] if fate in ("unanswered", "late") else documents

        def act() -> None:
            lost = [document for document in some if not self._documents.insert(document)]
            if lost:
                errors = [{"op": document, "code": DUPLICATE, "index": 0} for document in lost]
                raise BulkWriteError({"writeErrors": errors})

        ids = " ".join(str(document["_id"]) for document in documents)
        await self._client.ask(f"{self.name} insert {ids}", act, fate=fate)

    async def delete_many(self, wanted: Mapping[str, Any]) -> None:
        def act() -> None:
            for document in self._documents.found(wanted):
                self._documents.delete(document["_id"])

        await self._client.ask(f"{self.name} delete", act)

    async def find_one(self, wanted: Mapping[str, Any]) -> Document | None:
        found = await self._client.ask(f"{self.name} find one", lambda: self._documents.found(wanted, most=1))
        return found[0] if found else None

    async def count_documents(self, wanted: Mapping[str, Any]) -> int:
        return await self._client.ask(f"{self.name} count", lambda: len(self._documents.found(wanted)))

    def find(self, wanted: Mapping[str, Any], _projection: object = None) -> "Cursor":
        return Cursor(self._client, self._documents, self.name, wanted)


class Cursor:
    """What was found, in pieces: who writes meanwhile may be seen by a later piece."""

    def __init__(self, client: Client, documents: Documents, name: str, wanted: Mapping[str, Any]) -> None:
        self._client, self._documents, self._name, self._wanted = client, documents, name, wanted

    def sort(self, name: str, direction: int) -> "Cursor":
        assert (name, direction) == ("_id", 1)
        return self

    async def __aiter__(self) -> AsyncIterator[Document]:
        dice = self._client.network.dice
        after = None
        while True:
            most = dice.choice((1_000_000, 1_000_000, 1_000_000, 50, 7))
            what = f"{self._name} find"
            piece: Iterable[Document] = await self._client.ask(
                what, lambda after=after, most=most: self._documents.found(self._wanted, after, most)
            )
            piece = [dict(document) for document in piece]
            for document in piece:
                yield document
            if len(piece) < most:
                return
            after = piece[-1]["_id"]
