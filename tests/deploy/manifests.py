"""The Kubernetes resources of an overlay as kustomize builds them, as far as ours use it; and a pod's processes.

Patches are merged as Kubernetes merges them (lists of named things by their name), or replace one value.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from deploy import render

Resource: TypeAlias = dict[str, Any]

OVERLAYS = render.DEPLOY / "kubernetes" / "overlays"
Yaml: TypeAlias = Any

MERGED_BY = ("mountPath", "containerPort", "name")
"""What tells the members of a list apart, where a patch changes one of them."""


def built(folder: Path, before: Iterable[Resource] = ()) -> list[Resource]:
    """Every resource of a kustomization with its patches, in the order of the files; a component changes those ``before``."""
    told = yaml.safe_load((folder / "kustomization.yaml").read_text())
    found = [*before, *resources(folder)]
    for component in told.get("components", []):
        found = built(folder / component, found)
    for made in told.get("configMapGenerator", []):
        if "literals" in made:
            data = dict(literal.split("=", 1) for literal in made["literals"])
            found.append({"kind": "ConfigMap", "metadata": {"name": made["name"]}, "data": data})
    for patch in told.get("patches", []):
        change = yaml.safe_load((folder / patch["path"]).read_text() if "path" in patch else patch["patch"])
        chosen = [each for each in found if _is_meant(each, patch.get("target") or _target_of(change))]
        assert chosen, f"{folder.name}: {patch} changes nothing"
        for each in chosen:
            _patch(each, change)
    for each in found:
        for image in told.get("images", []):
            _tag(each, image["name"], image["newTag"])
    return found


def resources(folder: Path) -> list[Resource]:
    """Every resource of a kustomization without its patches, built ones of other folders among them."""
    names = yaml.safe_load((folder / "kustomization.yaml").read_text()).get("resources", [])
    return [
        each for name in names for each in (built(folder / name) if (folder / name).is_dir() else _read(folder / name))
    ]


def of(kind: str, resources: list[Resource]) -> dict[str, Resource]:
    """Those of a kind by their names."""
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def environment(pod: Resource, resources: list[Resource], given: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the one container of a pod has in its environment; ``given`` is what people and operators make."""
    (container,) = pod["containers"]
    maps = {name: each["data"] for name, each in of("ConfigMap", resources).items() if "data" in each}
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]]
    for entry in container.get("env", []):
        (reference,) = entry["valueFrom"].values() if "valueFrom" in entry else ({},)
        if reference.get("optional") and reference["key"] not in given[reference["name"]]:
            continue
        found[entry["name"]] = given[reference["name"]][reference["key"]] if reference else entry["value"]
    return found


def mounted(pod: Resource, secrets: Path, into: Path) -> dict[str, Path]:
    """Write the secrets of a pod's projected volumes as its container finds them; where each is mounted, to its folder.

    ``secrets`` has a folder for each Secret, with a file for each key.
    """
    (container,) = pod["containers"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    found = {}
    for mount in container["volumeMounts"]:
        folder = into / mount["name"]
        for source in volumes[mount["name"]].get("projected", {}).get("sources", []):
            folder.mkdir(parents=True, exist_ok=True)
            for item in source["secret"]["items"]:
                content = (secrets / source["secret"]["name"] / item["key"]).read_bytes()
                (folder / item["path"]).write_bytes(content)
        found[mount["mountPath"]] = folder
    return found


def _read(file: Path) -> Iterator[Resource]:
    for resource in deepcopy(_said(file.read_text())):
        yield from deepcopy(resource["items"]) if resource["kind"] == "List" else [resource]


@cache
def _said(text: str) -> list[Resource]:
    """The resources of a text; each overlay has the same ones, and to read them is dear."""
    return list(yaml.safe_load_all(text))


def _target_of(change: Resource) -> dict[str, str]:
    return {"kind": change["kind"], "name": re.escape(change["metadata"]["name"])}


def _is_meant(resource: Resource, target: Mapping[str, str]) -> bool:
    labels = resource["metadata"].get("labels", {})
    selector = dict(pair.split("=") for pair in target.get("labelSelector", "").split(",") if pair)
    return (
        resource["kind"] == target["kind"]
        and re.fullmatch(target.get("name", ".*"), resource["metadata"]["name"]) is not None
        and selector.items() <= labels.items()
    )


def _patch(resource: Resource, change: Yaml) -> None:
    if isinstance(change, list):
        for step in change:
            assert step["op"] == "replace", step
            _replace(resource, step["path"].split("/")[1:], step["value"])
        return
    merged = _merge(resource, {name: each for name, each in change.items() if name != "metadata"})
    resource |= merged


def _replace(where: Yaml, path: list[str], value: Yaml) -> None:
    for name in path[:-1]:
        where = where[int(name) if isinstance(where, list) else name]
    last = int(path[-1]) if isinstance(where, list) else path[-1]
    assert where[last] is not None, path
    where[last] = value


def _merge(old: Yaml, new: Yaml) -> Yaml:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {name: _merge(old[name], each) if name in old else each for name, each in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        key = next(
            (key for key in MERGED_BY if all(isinstance(each, dict) and key in each for each in [*old, *new])), ""
        )
        if key:
            ours = {each[key]: each for each in old}
            return list((ours | {each[key]: _merge(ours.get(each[key], {}), each) for each in new}).values())
    return deepcopy(new)


def _tag(resource: Resource, image: str, tag: str) -> None:
    pod = resource.get("spec", {}).get("template", {}).get("spec", {}) if resource["kind"] == "Deployment" else {}
    for container in pod.get("containers", []):
        if container["image"] == image:
            container["image"] = f"{image}:{tag}"
