import { type FieldError, invalid, type KubeObject, type Stored } from '#machinery'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission/admission.ts'
import type { Scope } from '../request/resource-request.ts'

export function attributesOf(
  scope: Scope,
  verb: AdmissionAttributes['verb'],
  name: string,
  old?: Stored,
): AdmissionAttributes {
  const { user, stored, subresource, namespace, dryRun } = scope
  return {
    verb,
    user,
    resource: stored,
    subresource,
    namespace,
    name,
    dryRun,
    options: {},
    ...(old ? { old } : {}),
  }
}

/**
 * All mutating plugins in their order, from the one at `first` on. Nearly all answer at once, and
 * every write asks them: waiting for what is there already would cost more than they do.
 */
export function mutated(
  scope: Scope,
  object: KubeObject,
  attributes: AdmissionAttributes,
  first = 0,
): KubeObject | Promise<KubeObject> {
  const { admission } = scope.world
  const context = contextOf(scope)
  let asked = { ...attributes, object }
  for (let at = first; at < admission.length; at++) {
    const plugin = admission[at] as Admission
    if (!plugin.mutate || !plugin.handles(asked)) continue
    const changed = plugin.mutate(asked, context)
    if (changed instanceof Promise) {
      return changed.then((late) => mutated(scope, late, attributes, at + 1))
    }
    if (changed !== asked.object) asked = { ...attributes, object: changed }
  }
  return asked.object
}

/** All validating plugins, as above; the first that throws refuses. */
export function admitted(
  scope: Scope,
  object: KubeObject | undefined,
  attributes: AdmissionAttributes,
  first = 0,
): void | Promise<void> {
  const { admission } = scope.world
  const context = contextOf(scope)
  const asked = object ? { ...attributes, object } : attributes
  for (let at = first; at < admission.length; at++) {
    const plugin = admission[at] as Admission
    if (!plugin.validate || !plugin.handles(asked)) continue
    const answer = plugin.validate(asked, context)
    if (answer instanceof Promise)
      return answer.then(() => admitted(scope, object, attributes, at + 1))
  }
}

function contextOf({ world, warnings, signal }: Scope): AdmissionContext {
  return {
    objects: world.objects,
    nowMs: world.clock.wallMs(),
    warn: (text) => void warnings.push(text),
    signal,
  }
}

export function refuseIf(scope: Scope, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(scope.resource, name, errors)
}
