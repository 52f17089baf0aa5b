import { andThen, inTurn, type MaybePromise } from '#lib'
import type { KubeObject } from '#machinery'
import type { Admission, AdmissionAttributes, AdmissionContext } from './admission.ts'
import type { AdmissionMetrics } from './admission-metrics.ts'

/** The admission plugins of a server as one: the only place that knows the order they are asked in. */
export interface AdmissionChain {
  /**
   * Passes an object through the mutating plugins, each of which gets what the one before it gave.
   * Gives the object as the last one leaves it, the same value where none changes it. All are asked once more
   * where one of them asks for that.
   * @throws StatusError of the first plugin that refuses.
   */
  mutate(attributes: MutatingAttributes, context: AdmissionContext): MaybePromise<KubeObject>
  /**
   * Asks the validating plugins.
   * @throws StatusError of the first plugin that refuses.
   */
  validate(attributes: AdmissionAttributes, context: AdmissionContext): MaybePromise<void>
}

type MutatingAttributes = AdmissionAttributes & { readonly object: KubeObject }
type Mutating = Admission & Required<Pick<Admission, 'mutate'>>
type Validating = Admission & Required<Pick<Admission, 'validate'>>

const unmeasured: AdmissionMetrics = { timed: (_step, _verb, _name, work) => work() }

/** Makes a chain of plugins; the order of the list is the order in which they are asked. */
export function createAdmissionChain(
  plugins: readonly Admission[],
  metrics: AdmissionMetrics = unmeasured,
): AdmissionChain {
  const mutating = plugins.filter((plugin): plugin is Mutating => plugin.mutate !== undefined)
  const validating = plugins.filter((plugin): plugin is Validating => plugin.validate !== undefined)
  return {
    mutate(attributes, context) {
      const memory = new Map<string, unknown>()
      let isRequested = false
      const round = (object: KubeObject, isSecond: boolean) => {
        const request = () => {
          isRequested = true
        }
        const within = { ...context, reinvocation: { isSecond, request, memory } }
        let asked = { ...attributes, object }
        return inTurn(mutating, object, (current, plugin) => {
          if (current !== asked.object) asked = { ...attributes, object: current }
          if (!plugin.handles(asked)) return current
          const work = () => plugin.mutate(asked, within)
          return metrics.timed('admit', attributes.verb, plugin.name, work)
        })
      }
      return metrics.timed('admit', attributes.verb, undefined, () =>
        andThen(round(attributes.object, false), (object) =>
          isRequested ? round(object, true) : object,
        ),
      )
    },
    validate: (attributes, context) =>
      metrics.timed('validate', attributes.verb, undefined, () =>
        inTurn<Validating, void>(validating, undefined, (_, plugin) => {
          if (!plugin.handles(attributes)) return undefined
          const work = () => plugin.validate(attributes, context)
          return metrics.timed('validate', attributes.verb, plugin.name, work)
        }),
      ),
  }
}
