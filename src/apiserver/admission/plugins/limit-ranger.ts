import {
  type LimitRange,
  limitRanges,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
} from '#api'
import type { Admission } from '../admission.ts'
import { isAbout, objectAs, refuse } from '../attributes.ts'
import { withDefaults } from './limit-defaults.ts'
import { claimViolations, podViolations } from './limit-violations.ts'

/** Upstream's LimitRanger: defaults and bounds of a namespace for what pods and claims ask. */
export const limitRanger: Admission = {
  name: 'LimitRanger',
  handles: (attributes) =>
    (attributes.verb === 'create' && isAbout(attributes, pods)) ||
    ((attributes.verb === 'create' || attributes.verb === 'update') &&
      isAbout(attributes, persistentVolumeClaims)),
  mutate(attributes, { objects }) {
    if (!isAbout(attributes, pods)) return attributes.object
    const ranges: readonly LimitRange[] = objects.list(limitRanges, attributes.namespace)
    return ranges.reduce(withDefaults, objectAs<Pod>(attributes.object))
  },
  validate(attributes, { objects }) {
    const { object = {}, namespace } = attributes
    const messages = objects
      .list(limitRanges, namespace)
      .map(({ spec }) => spec?.limits ?? [])
      .map((limits) =>
        isAbout(attributes, pods)
          ? podViolations(objectAs<Pod>(object), limits)
          : claimViolations(objectAs<PersistentVolumeClaim>(object), limits),
      )
      .find((found) => found.length > 0)
    if (!messages) return
    const [only = ''] = messages
    throw refuse(attributes, messages.length === 1 ? only : `[${messages.join(', ')}]`)
  },
}
