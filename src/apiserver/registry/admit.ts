import { type FieldError, invalid, type KubeObject, type Stored } from '#machinery'
import type { AdmissionAttributes, AdmissionContext } from '../admission/admission.ts'
import type { Scope } from './scope.ts'

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
 * All mutating plugins in their order. Nearly all answer at once, and every write asks them: waiting
 * for what is there already would cost more than they do.
 */
export async function mutated(
  scope: Scope,
  object: KubeObject,
  attributes: AdmissionAttributes,
): Promise<KubeObject> {
  const context = contextOf(scope)
  let asked = { ...attributes, object }
  for (const plugin of scope.world.admission) {
    if (!plugin.mutate || !plugin.handles(asked)) continue
    const answer = plugin.mutate(asked, context)
    const changed = answer instanceof Promise ? await answer : answer
    if (changed !== asked.object) asked = { ...attributes, object: changed }
  }
  return asked.object
}

/** All validating plugins; the first that throws refuses. */
export async function admitted(
  scope: Scope,
  object: KubeObject | undefined,
  attributes: AdmissionAttributes,
): Promise<void> {
  const context = contextOf(scope)
  const asked = object ? { ...attributes, object } : attributes
  for (const plugin of scope.world.admission) {
    if (!plugin.validate || !plugin.handles(asked)) continue
    const answer = plugin.validate(asked, context)
    if (answer instanceof Promise) await answer
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
