import { inTurns } from '#lib'
import type { KubeObject } from '#machinery'
import { StatusError } from '#machinery/status'
import { ExpressionPace, judgeRequest, type PolicyJudgement } from '#rules'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { reviewRequestOf } from '../matching/review-request.ts'
import { versionedForm } from '../matching/versioned.ts'
import { PolicyAnnotations, publishFailure } from './annotations.ts'
import { type BoundValidatingPolicy, validatingPolicies } from './configured.ts'
import {
  applicablePolicies,
  isExcluded,
  namespaceObjectOf,
  type PolicyInvocation,
  type PolicyParts,
  policyRefusal,
  policyValues,
} from './invocations.ts'

/** Why a request is denied, by which policy and binding. */
interface Denied {
  readonly policy: string
  readonly binding: string | undefined
  readonly message: string
  readonly reason: string
}

type Invocation = PolicyInvocation<BoundValidatingPolicy>

/** Upstream's ValidatingAdmissionPolicy: holds requests to the expressions of policies that are bound. */
export function validatingPolicyAdmission(parts: PolicyParts): Admission {
  const policies = validatingPolicies(parts)
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => policies().length > 0 && !isExcluded(attributes),
    async validate(attributes, context) {
      const denied: Denied[] = []
      const annotations = new PolicyAnnotations()
      const pace = new ExpressionPace()
      for (const found of applicablePolicies(policies(), attributes, parts, context)) {
        const { policy, configured } = found
        if ('error' in found) {
          const { binding, error } = found
          if (configured.policy.spec?.failurePolicy === 'Ignore') continue
          denied.push({ policy, binding, message: error, reason: '' })
          continue
        }
        const judged = { attributes, parts, context, pace }
        for (const judgement of await judgements(found, judged)) {
          denied.push(...actOn(judgement, found, context))
          denied.push(...annotations.add(judgement, found))
        }
      }
      annotations.publish(context)
      if (denied[0]) throw denial(attributes, denied[0])
    },
  }
}

interface Judged {
  readonly attributes: AdmissionAttributes
  readonly parts: PolicyParts
  readonly context: AdmissionContext
  readonly pace: ExpressionPace
}

/** What a policy says of a request, once for each of its parameters. */
async function judgements(
  { configured, resource, params }: Invocation,
  { attributes, parts, context, pace }: Judged,
): Promise<readonly PolicyJudgement[]> {
  const form = versionedForm(attributes, resource, parts.schemaOf)
  const shown = async (object: KubeObject | undefined) => object && (await form.read(object))
  const [object, oldObject] = [await shown(attributes.object), await shown(attributes.old)]
  const request = reviewRequestOf(attributes, resource)
  const namespaceObject = namespaceObjectOf(attributes, context)
  const { authorizer, clock } = parts
  const found: PolicyJudgement[] = []
  for (const param of params) {
    const values = policyValues({
      ...{ attributes, request, object, oldObject, namespaceObject, authorizer },
      params: param,
    })
    const steps = judgeRequest(await configured.compiled(), { ...values, pace })
    found.push(await inTurns(steps, () => clock.turn()))
  }
  return found
}

/** Does what a binding says is to be done about what its policy denies; gives what denies the request. */
function actOn(
  { denials }: PolicyJudgement,
  { policy, binding }: Invocation,
  context: AdmissionContext,
): readonly Denied[] {
  const { name } = binding.metadata
  // Cast: it is a binding of this kind of policy.
  const spec = binding.spec as { readonly validationActions?: readonly string[] } | undefined
  const actions = spec?.validationActions ?? []
  return denials.flatMap((denied) =>
    actions.flatMap((action) => {
      if (action === 'Deny') return [{ policy, binding: name, ...denied }]
      if (action === 'Audit') publishFailure(context, denied, { policy, binding: name, actions })
      if (action === 'Warn') {
        context.warn(
          `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${name}': ${denied.message}`,
        )
      }
      return []
    }),
  )
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
}

/** The first denial refuses the request, with its reason and the code of that. */
function denial(
  attributes: AdmissionAttributes,
  { policy, binding, message: why, reason: given }: Denied,
): StatusError {
  const bound = binding === undefined ? '' : ` with binding '${binding}'`
  const text = `ValidatingAdmissionPolicy '${policy}'${bound} denied request: ${why}`
  const { message, details } = policyRefusal(attributes, text)
  // Cast: validation lets only reasons of upstream pass.
  const reason = (given || 'Invalid') as StatusError['reason']
  const causes = [...(details?.causes ?? []), { message: text }]
  return new StatusError({
    ...{ code: codes[reason] ?? 422, reason, message },
    details: { ...details, causes },
  })
}
