"""The tree of RFC 6962, by the vectors of Certificate Transparency's reference, and by its own definition."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.proof.tree import EMPTY, Paths, Tree, leaf_hash, node_hash, root_by
from tests.proof.standalone import check_proof

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the first leaf, of the first two, and so on."""
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def test_no_leaf_has_the_root_of_nothing() -> None:
    assert Tree().root() == EMPTY == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    tree = Tree()
    for leaf in LEAVES[:size]:
        tree.append(leaf_hash(leaf))
    assert tree.root().hex() == ROOTS[size - 1] == Paths([leaf_hash(leaf) for leaf in LEAVES[:size]]).root().hex()


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_paths_are_those_of_the_reference(index: int, size: int) -> None:
    path = Paths([leaf_hash(leaf) for leaf in LEAVES[:size]]).path(index)
    assert [each.hex() for each in path] == PATHS[index, size]
    root = root_by(path, leaf_hash(LEAVES[index]), index, size)
    assert root
    assert root.hex() == ROOTS[size - 1]


def defined(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962, 2.1 defines it."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(defined(leaves[:left]), defined(leaves[left:]))


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_a_path_leads_to_the_root_from_its_own_leaf_at_its_own_place_alone(
    leaves: list[bytes], data: st.DataObject
) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    tree = Tree()
    for each in hashes:
        tree.append(each)
    assert tree.root() == Paths(hashes).root() == defined(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = Paths(hashes).path(index)
    assert root_by(path, hashes[index], index, len(leaves)) == tree.root()
    other = data.draw(st.integers(-1, len(leaves)))
    if other != index:
        wrong = root_by(path, hashes[index], other, len(leaves))
        assert wrong != tree.root() or hashes[other] == hashes[index]
    assert root_by(path, leaf_hash(leaves[index] + b"!"), index, len(leaves)) != tree.root()
    assert root_by([*path, path[0] if path else EMPTY], hashes[index], index, len(leaves)) is None
    if path:
        assert root_by(path[:-1], hashes[index], index, len(leaves)) is None


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_second_verifier_reads_the_vectors_alike(index: int, size: int) -> None:
    leaf = LEAVES[index].decode()
    path = base64.b64encode(bytes.fromhex("".join(PATHS[index, size]))).decode()
    assert check_proof.root_by(path, leaf, index, size) == ROOTS[size - 1]
    assert check_proof.root_by(path, leaf, index, 2 * size) != ROOTS[size - 1]
