import { type ControllerRevision, controllerRevisions, type PodTemplateSpec } from '#api'
import type { Informer } from '#client'
import {
  controllerReference,
  deepEqual,
  type KubeObject,
  type ResourceRef,
  type Stored,
  sortedKeys,
  templateHash,
} from '#machinery'
import { isNotFound } from '#machinery/status'
import type { ReconcileContext } from '../runner/controller.ts'
import { controllerIndex } from './adoption.ts'
import { untilLeaving, untilObserved } from './claims.ts'

/** Whose templates are kept. */
export interface Historian {
  readonly owner: Stored<KubeObject>
  readonly kind: ResourceRef
  readonly template: PodTemplateSpec | undefined
  /** Extra label under which a revision carries its hash. */
  readonly hashLabel: string
}

/** The past templates of an owner, oldest first. */
export function revisionsOf(
  owner: Stored<KubeObject>,
  cache: Informer<ControllerRevision>,
): readonly Stored<ControllerRevision>[] {
  return cache
    .by(controllerIndex, owner.metadata.uid)
    .toSorted((a, b) => a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1))
}

export function revisionHash({ metadata }: Stored<ControllerRevision>, label: string): string {
  return metadata.labels?.[label] ?? ''
}

/** The template that a revision keeps. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const { spec } = (data ?? {}) as { spec?: { template?: PodTemplateSpec & { $patch?: string } } }
  if (!spec?.template) return undefined
  const { $patch: _, ...template } = spec.template
  return template
}

/**
 * The revision of the owner's present template: a new one, or an older one of the same template
 * raised to the newest number, which is what a rollback looks like.
 */
export async function currentRevision(
  historian: Historian,
  cache: Informer<ControllerRevision>,
  context: ReconcileContext,
): Promise<Stored<ControllerRevision>> {
  const { owner, kind, template, hashLabel } = historian
  const past = revisionsOf(owner, cache)
  const newest = past.at(-1)?.revision ?? 0
  const same = past.findLast((each) => deepEqual(templateOf(each), template))
  if (same?.revision === newest && same) return same
  const written = same
    ? await context.client.update(controllerRevisions, { ...same, revision: newest + 1 })
    : await context.client.create(controllerRevisions, {
        ...fresh(historian, templateHash(template)),
        revision: newest + 1,
      })
  await untilObserved(cache, written, context)
  return written

  function fresh({ owner: { metadata } }: Historian, hash: string) {
    return {
      metadata: {
        name: `${metadata.name}-${hash}`,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        labels: { ...template?.metadata?.labels, [hashLabel]: hash },
        ownerReferences: [controllerReference(owner, kind)],
      },
      // Clients compare these bytes with what Go makes of the template.
      data: { spec: sortedKeys({ template: { ...template, $patch: 'replace' } }) },
    }
  }
}

/** Deletes the oldest revisions beyond `limit` that nothing uses any more. */
export async function forgetRevisions(
  owner: Stored<KubeObject>,
  cache: Informer<ControllerRevision>,
  { limit, inUse }: { readonly limit: number; readonly inUse: ReadonlySet<string> },
  context: ReconcileContext,
): Promise<void> {
  const unused = revisionsOf(owner, cache).filter(({ metadata }) => !inUse.has(metadata.name))
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
    try {
      await context.client.delete(controllerRevisions, revision.metadata)
      await untilLeaving(cache, revision, context)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
