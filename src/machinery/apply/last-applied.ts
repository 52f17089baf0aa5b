import type { KubeObject } from '../meta/object.ts'
import { maxAnnotationBytes } from '../validation/meta-parts.ts'
import { byteLength, goJson } from '../values/go-format.ts'
import { parseJson } from '../values/json.ts'
import { withIn } from '../values/share.ts'
import { difference, type FieldSet } from './model/field-set.ts'
import { asMap } from './model/forms.ts'
import type { OwnedType } from './model/schema.ts'
import { withoutManagedFields } from './object-fields.ts'
import { compare } from './typed/compare.ts'
import { toFieldSet } from './typed/to-field-set.ts'
import { typeFaults } from './typed/validate.ts'

const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** The manager by which kubectl applies; others opt out of what this file does. */
export const kubectlManager = 'kubectl'

/**
 * What a client-side apply has set and nobody has changed since: kubectl may take it over without
 * force. Undefined when the object's annotation does not tell.
 */
export function fieldsOfLastApplied(live: KubeObject, type: OwnedType): FieldSet | undefined {
  const applied = parseLastApplied(live)
  if (!applied || applied.apiVersion !== live.apiVersion) return undefined
  if (typeFaults(applied, type).length > 0) return undefined
  const { added, modified, removed } = compare(applied, withoutManagedFields(live), type)
  const owned = toFieldSet(applied, type)
  return difference(difference(difference(owned, modified), added), removed)
}

function parseLastApplied(live: KubeObject): KubeObject | undefined {
  const text = live.metadata?.annotations?.[lastAppliedAnnotation]
  if (!text) return undefined
  try {
    return asMap(parseJson(text))
  } catch {
    return undefined
  }
}

/**
 * The object with its client-side annotation brought up to date with what was applied, so that a
 * client-side apply can follow. Objects without the annotation do not get one; one that would make
 * the annotations too large is dropped.
 */
export function withLastApplied<T extends KubeObject>(object: T, applied: KubeObject): T {
  const annotations = object.metadata?.annotations
  if (!annotations?.[lastAppliedAnnotation]) return object
  const path = ['metadata', 'annotations', lastAppliedAnnotation]
  const without = applied.metadata?.annotations ? withIn(applied, path, undefined) : applied
  const text = `${goJson(without)}\n`
  let size = 0
  for (const [name, value] of Object.entries({ ...annotations, [lastAppliedAnnotation]: text })) {
    size += byteLength(name) + byteLength(value)
  }
  return withIn(object, path, size > maxAnnotationBytes ? undefined : text)
}
