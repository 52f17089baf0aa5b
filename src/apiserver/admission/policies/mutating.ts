import { inTurns } from '#lib'
import { deepEqual, goQuote, type KubeObject } from '#machinery'
import type { OwnedType } from '#machinery/apply'
import { StatusError } from '#machinery/status'
import { type CompiledMutation, conditionSteps, ExpressionPace, mutationSteps } from '#rules'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { reviewRequestOf } from '../matching/review-request.ts'
import { type VersionedForm, versionedForm } from '../matching/versioned.ts'
import { type MutatorRounds, mutatorRounds } from '../webhooks/rounds.ts'
import { applyMutation, MutationError } from './apply-mutation.ts'
import { type BoundMutatingPolicy, mutatingPolicies } from './configured.ts'
import {
  applicablePolicies,
  isExcluded,
  namespaceObjectOf,
  type PolicyInvocation,
  type PolicyParts,
  type PolicyValues,
  policyRefusal,
  policyValues,
} from './invocations.ts'

/** What the plugin is made from. */
export interface MutatingParts extends PolicyParts {
  readonly ownedTypeOf: (typeName: string) => OwnedType
}

/** What a policy has failed with; `isOfConfiguration` before any of its expressions was evaluated. */
interface PolicyFailure {
  readonly policy: string
  readonly binding: string | undefined
  readonly error: string
  readonly reason: 'Invalid' | undefined
  readonly isIgnored: boolean
}

const name = 'MutatingAdmissionPolicy'

/** Upstream's MutatingAdmissionPolicy: changes objects as the expressions of policies that are bound say. */
export function mutatingPolicyAdmission(parts: MutatingParts): Admission {
  const policies = mutatingPolicies(parts)
  return {
    name,
    handles: (attributes) => policies().length > 0 && !isExcluded(attributes),
    async mutate(attributes, context) {
      const run = new MutatingRun(attributes, parts, context)
      for (const found of applicablePolicies(policies(), attributes, parts, context)) {
        if ('error' in found) run.fail(found, found.error, undefined)
        else await run.invoke(found)
      }
      return run.finish()
    },
  }
}

type Invocation = PolicyInvocation<BoundMutatingPolicy>

/** The policies' work on one request: each sees what those before it made. */
class MutatingRun {
  readonly #attributes: AdmissionAttributes
  readonly #parts: MutatingParts
  readonly #context: AdmissionContext
  readonly #rounds: MutatorRounds
  readonly #pace = new ExpressionPace()
  readonly #failures: PolicyFailure[] = []
  #current: KubeObject

  constructor(
    attributes: AdmissionAttributes & { readonly object: KubeObject },
    parts: MutatingParts,
    context: AdmissionContext,
  ) {
    this.#attributes = attributes
    this.#parts = parts
    this.#context = context
    this.#current = attributes.object
    this.#rounds = mutatorRounds(name, context.reinvocation)
    this.#rounds.begin(this.#current)
  }

  fail(
    found: {
      readonly policy: string
      readonly binding?: string | Invocation['binding']
      readonly configured: BoundMutatingPolicy
    },
    error: string,
    reason: 'Invalid' | undefined,
  ): void {
    const { policy, binding, configured } = found
    this.#failures.push({
      policy,
      binding: typeof binding === 'object' ? binding.metadata.name : binding,
      error,
      reason,
      isIgnored: configured.policy.spec?.failurePolicy === 'Ignore',
    })
  }

  /** Does all mutations of a policy, for each of its parameters. */
  async invoke(invocation: Invocation): Promise<void> {
    const { resource, params, policy, binding, configured } = invocation
    const form = versionedForm(this.#attributes, resource, this.#parts.schemaOf)
    for (const param of params) {
      const key = JSON.stringify([policy, binding.metadata.name, nameOf(param)])
      const values = await this.#values(invocation, form, param)
      if (!(await this.#matches(invocation, values)) || !this.#rounds.mayCall(key)) continue
      const before = this.#current
      for (const mutation of (await configured.compiled()).mutations) {
        await this.#mutate(mutation, { invocation, form, param })
      }
      if (!deepEqual(before, this.#current)) this.#rounds.changed()
      if (configured.policy.spec?.reinvocationPolicy === 'IfNeeded') this.#rounds.mayNeedAgain(key)
    }
  }

  async #values(
    { resource }: Invocation,
    form: VersionedForm,
    params: KubeObject | undefined,
  ): Promise<PolicyValues> {
    const { old } = this.#attributes
    const attributes = { ...this.#attributes, object: this.#current }
    return policyValues({
      attributes,
      request: reviewRequestOf(attributes, resource),
      object: await form.read(this.#current),
      oldObject: old && (await form.read(old)),
      namespaceObject: namespaceObjectOf(attributes, this.#context),
      params,
      authorizer: this.#parts.authorizer,
    })
  }

  async #matches(invocation: Invocation, { conditions }: PolicyValues): Promise<boolean> {
    const { configured } = invocation
    const compiled = await configured.compiled()
    const steps = conditionSteps(compiled.conditions, conditions, this.#pace)
    const outcome = await inTurns(steps, () => this.#parts.clock.turn())
    if ('error' in outcome) this.fail(invocation, outcome.error, 'Invalid')
    return outcome.matches
  }

  async #mutate(
    mutation: CompiledMutation,
    {
      invocation,
      form,
      param,
    }: { invocation: Invocation; form: VersionedForm; param: KubeObject | undefined },
  ): Promise<void> {
    if (this.#pace.takesTurn()) await this.#parts.clock.turn()
    const { values } = await this.#values(invocation, form, param)
    const compiled = await invocation.configured.compiled()
    const steps = mutationSteps(mutation, compiled, { values, pace: this.#pace })
    const outcome = await inTurns(steps, () => this.#parts.clock.turn())
    try {
      if ('error' in outcome) throw new MutationError(outcome.error)
      const shown = await form.read(this.#current)
      const changed = applyMutation(shown, outcome, { form, ...this.#parts })
      if (changed !== shown) this.#current = await form.write(this.#current, changed)
    } catch (error) {
      if (!(error instanceof MutationError)) throw error
      this.fail(invocation, error.message, 'Invalid')
    }
  }

  /** The object as the policies leave it. @throws StatusError of policies that have failed */
  finish(): KubeObject {
    this.#rounds.end(this.#current)
    const failures = this.#failures.filter(({ isIgnored }) => !isIgnored)
    const [first] = failures
    if (first) throw failureOf(this.#attributes, first, failures.map(messageOf))
    return this.#current
  }
}

function nameOf(param: KubeObject | undefined): string {
  const { namespace = '', name: own = '' } = param?.metadata ?? {}
  return `${namespace}/${own}`
}

function messageOf({ policy, binding, error }: PolicyFailure): string {
  return binding === undefined
    ? `policy ${goQuote(policy)} denied request: ${error}`
    : `policy '${policy}' with binding '${binding}' denied request: ${error}`
}

/** The code stays that of what is forbidden, whatever the reason says, as upstream has it. */
function failureOf(
  attributes: AdmissionAttributes,
  { reason }: PolicyFailure,
  messages: readonly string[],
): StatusError {
  const refusal = policyRefusal(attributes, 'admission request denied by policy')
  const { code, details } = refusal
  const causes = [...(details?.causes ?? []), ...messages.map((message) => ({ message }))]
  return new StatusError({
    ...{ code, reason: reason ?? refusal.reason, message: messages[0] ?? '' },
    details: { ...details, causes },
  })
}
