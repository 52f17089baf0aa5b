"""An operator as others write them, with kopf: owned objects, progress, a status, a finalizer and a timer."""

import kopf
import kubernetes

kubernetes.config.load_kube_config()
core = kubernetes.client.CoreV1Api()


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_):
    settings.persistence.finalizer = "field.knarr.dev/kopf"


@kopf.on.create("field.knarr.dev", "v1", "notes", retries=3, backoff=0.5)
def create(spec, name, namespace, retry, body, **_):
    if retry == 0:
        raise kopf.TemporaryError("not at the first time", delay=0.5)
    config = {"metadata": {"name": f"note-{name}"}, "data": {"text": spec["text"]}}
    kopf.adopt(config, owner=body)
    core.create_namespaced_config_map(namespace, config)
    return {"tries": retry + 1}


@kopf.on.update("field.knarr.dev", "v1", "notes", field="spec.text")
def update(new, old, name, namespace, patch, **_):
    core.patch_namespaced_config_map(f"note-{name}", namespace, {"data": {"text": new}})
    patch.status["before"] = old


@kopf.on.delete("field.knarr.dev", "v1", "notes")
def delete(name, namespace, spec, **_):
    config = {"metadata": {"name": f"farewell-{name}"}, "data": {"text": spec["text"]}}
    core.create_namespaced_config_map(namespace, config)


@kopf.timer("field.knarr.dev", "v1", "notes", interval=1.0, initial_delay=1.0)
def tick(patch, status, **_):
    patch.status["ticks"] = status.get("ticks", 0) + 1


@kopf.on.event("", "v1", "configmaps", labels={"seen": kopf.PRESENT})
def seen(type, name, namespace, logger, **_):
    logger.info(f"saw {type} {name}")
