import { apiSchema, findKind } from '#api'
import type { KubeObject } from '#machinery'
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '#machinery/patch'
import { schemaView } from '#machinery/schema'
import type { ManifestObject } from '../input/manifest.ts'
import { type Placement, type Scene, sceneOf } from '../input/scene.ts'
import type { AdvicePatch } from '../model/advice.ts'
import type { DrilledObject } from '../model/objects.ts'

/** Returns the scene with patches applied, as `kubectl patch` does; the one that was given stays as it is. */
export function patchedScene(scene: Scene, patches: readonly AdvicePatch[]): Scene {
  const { objects, nodes, placements, cordoned } = scene
  return {
    ...sceneOf(patches.reduce(applied, objects), nodes),
    // What a patch has changed goes where the scheduler puts it, and no longer where it was.
    ...(placements ? { placements: placements.filter((each) => !isPatched(each, patches)) } : {}),
    ...(cordoned ? { cordoned } : {}),
  }
}

function isPatched({ kind, namespace, name }: Placement, patches: readonly AdvicePatch[]): boolean {
  return patches.some(
    ({ target }) =>
      target.kind === kind && target.name === name && (target.namespace ?? '') === namespace,
  )
}

function applied(
  objects: readonly ManifestObject[],
  { target, type, patch }: AdvicePatch,
): readonly ManifestObject[] {
  if (type === 'create') {
    // Cast: the catalogue makes whole objects.
    return [...objects, { object: patch as KubeObject, at: { file: 'advice', line: 1 } }]
  }
  return objects.map((source) => {
    if (!isTarget(source.object, target)) return source
    // Cast: a patched object is one still.
    return { ...source, object: patched(source.object, type, patch) as KubeObject }
  })
}

function patched(
  object: KubeObject,
  type: 'strategic' | 'merge' | 'json',
  patch: unknown,
): unknown {
  if (type === 'json') return applyJsonPatch(object, patch)
  if (type === 'merge') return applyMergePatch(object, patch)
  return applyStrategicMergePatch(object, patch, schemaOf(object))
}

const typed = schemaView(apiSchema)

function schemaOf({ apiVersion = '', kind = '' }: KubeObject) {
  const [group = '', version = ''] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['', apiVersion]
  const info = findKind({ group, version, kind })
  return typed(info?.schemaName ?? 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')
}

function isTarget({ kind, metadata }: KubeObject, target: DrilledObject): boolean {
  return (
    kind === target.kind &&
    metadata?.name === target.name &&
    (metadata.namespace ?? undefined) === target.namespace
  )
}
