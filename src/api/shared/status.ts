import type { KubeObject, ObjectMeta, Stored, StrategyContext, Subresource } from '#machinery'
import { type FieldErrors, validateMetaOnUpdate } from '#machinery/validation'
import { change } from './change.ts'

interface WithParts extends KubeObject {
  readonly spec?: unknown
  readonly status?: unknown
}

/** The draft with the stored object's status: what a write of the main resource keeps. */
export function keepStatus<T extends KubeObject>(draft: T, old: Stored<T>): T {
  const { status } = old as WithParts
  return change<WithParts>(draft, { status }) as T
}

/** The draft with an initial status, whatever the client sent. */
export function withStatus<T extends WithParts>(draft: T, status: NonNullable<T['status']>): T {
  return { ...draft, status }
}

export interface StatusRules<T extends KubeObject> {
  /** Changes the draft further. */
  prepare?(draft: T, old: Stored<T>, context: StrategyContext): T
  validate?(object: T, old: Stored<T>): FieldErrors
  /** Metadata that status updates leave alone, besides what no update changes. */
  readonly keeps?: readonly (keyof ObjectMeta)[]
}

/** `/status`: get, update and patch, in which only the status and metadata change. */
export function statusPart<T extends KubeObject>(rules: StatusRules<T> = {}): Subresource<T> {
  return {
    kind: 'part',
    verbs: ['get', 'patch', 'update'],
    prepareForUpdate(draft, old, context) {
      const kept = Object.fromEntries((rules.keeps ?? []).map((key) => [key, old.metadata[key]]))
      const metadata = change<ObjectMeta>(draft.metadata ?? {}, kept)
      const { status } = draft as WithParts
      const next = change<WithParts>(old, { metadata, status }) as T
      return rules.prepare ? rules.prepare(next, old, context) : next
    },
    validateUpdate: (object, old) => [
      ...validateMetaOnUpdate(object, old),
      ...(rules.validate?.(object, old) ?? []),
    ],
  }
}
