"""What programs do with three Python clients; prints a line for each thing that worked."""

import sys

import kr8s
import kubernetes
import lightkube
from kr8s.objects import ConfigMap, Deployment, Pod
from kubernetes.dynamic import DynamicClient
from lightkube.generic_resource import load_in_cluster_generic_resources
from lightkube.models.core_v1 import Container, PodSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources import core_v1

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "", "labels": {"by": ""}},
    "spec": {"containers": [{"name": "main", "image": "nginx:1.29"}]},
}


def pod(name):
    return {**POD, "metadata": {"name": name, "labels": {"by": name}}}


def with_kubernetes():
    kubernetes.config.load_kube_config()
    core, apps = kubernetes.client.CoreV1Api(), kubernetes.client.AppsV1Api()
    core.create_namespaced_pod("default", pod("official"))
    watch = kubernetes.watch.Watch()
    for event in watch.stream(core.list_namespaced_pod, "default", label_selector="by=official", timeout_seconds=60):
        if event["object"].status.phase == "Running":
            watch.stop()
    yield "watch until a pod runs"
    out = kubernetes.stream.stream(
        core.connect_get_namespaced_pod_exec, "official", "default",
        command=["sh", "-c", "echo hello; echo oops >&2"], stdout=True, stderr=True, stdin=False, tty=False,
    )
    assert "hello" in out and "oops" in out, out
    yield "exec over a WebSocket"
    try:
        core.read_namespaced_pod("nobody", "default")
        raise AssertionError("a pod that is not there was read")
    except kubernetes.client.ApiException as error:
        assert error.status == 404 and '"reason":"NotFound"' in error.body, error.body
    yield "errors with a Status"
    first = core.list_namespace(limit=2)
    rest = core.list_namespace(limit=50, _continue=first.metadata._continue)
    assert len(first.items) == 2 and len(rest.items) >= 2
    yield "pages"
    dynamic = DynamicClient(kubernetes.client.ApiClient())
    maps = dynamic.resources.get(api_version="v1", kind="ConfigMap")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": "1"}}
    maps.server_side_apply(body=body, namespace="default", field_manager="field")
    found = maps.get(name="applied", namespace="default")
    assert found.metadata.managedFields[0].manager == "field"
    yield "discovery and server-side apply by the dynamic client"
    containers = [{"name": "web", "image": "nginx:1.29"}]
    labels = {"app": "scaled"}
    apps.create_namespaced_deployment("default", {
        "metadata": {"name": "scaled"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}},
    })
    scale = apps.patch_namespaced_deployment_scale("scaled", "default", {"spec": {"replicas": 2}})
    assert scale.spec.replicas == 2
    yield "a Deployment and its scale"


def with_kr8s():
    api = kr8s.api()
    assert api.version()["major"] == "1"
    yield "version"
    made = Pod(pod("kr"))
    made.create()
    made.wait("condition=Ready", timeout=60)
    assert made.ready()
    yield "create and wait for a condition"
    assert made.exec(["echo", "hello"]).stdout.decode() == "hello\n"
    yield "exec"
    made.label({"more": "1"})
    made.annotate({"note": "2"})
    assert [each.name for each in kr8s.get("pods", label_selector={"more": "1"})] == ["kr"]
    yield "labels, annotations and selectors"
    config = ConfigMap({"metadata": {"name": "kr"}, "data": {"a": "1"}})
    config.create()
    config.patch({"data": {"b": "2"}})
    config.refresh()
    assert config.raw["data"] == {"a": "1", "b": "2"}
    yield "patch and refresh"
    scaled = Deployment.get("scaled")
    scaled.scale(3)
    assert scaled.replicas == 3
    yield "scale"
    assert "Pod" in {each["kind"] for each in api.api_resources()}
    yield "discovery"
    made.delete()
    made.wait("delete", timeout=60)
    assert not made.exists()
    yield "delete and wait for it"


def with_lightkube():
    client = lightkube.Client(field_manager="lightkube")
    wanted = core_v1.Pod(metadata=ObjectMeta(name="light"), spec=PodSpec(containers=[Container(name="main", image="nginx:1.29")]))
    client.create(wanted)
    ready = client.wait(core_v1.Pod, "light", for_conditions=["Ready"])
    assert ready.status.phase == "Running"
    yield "create and wait for a condition"
    config = core_v1.ConfigMap(apiVersion="v1", kind="ConfigMap", metadata=ObjectMeta(name="light", namespace="default"), data={"a": "1"})
    client.apply(config)
    assert client.get(core_v1.ConfigMap, "light").data == {"a": "1"}
    yield "apply"
    client.patch(core_v1.ConfigMap, "light", {"data": {"b": "2"}})
    assert [each.metadata.name for each in client.list(core_v1.ConfigMap, fields={"metadata.name": "light"})] == ["light"]
    yield "patch and field selectors"
    assert isinstance(list(client.log("light", follow=False)), list)
    yield "logs"
    load_in_cluster_generic_resources(client)
    yield "definitions as resources"
    client.delete(core_v1.Pod, "light", grace_period=0)
    yield "delete"


failed = False
for name, parts in {"kubernetes": with_kubernetes, "kr8s": with_kr8s, "lightkube": with_lightkube}.items():
    try:
        for part in parts():
            print(f"{name}: {part}", flush=True)
    except Exception as error:  # What one client cannot must not hide what others can.
        failed = True
        print(f"{name} failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
sys.exit(1 if failed else 0)
