import type { PolicyDenial, PolicyJudgement } from '#rules'
import type { AdmissionContext } from '../admission.ts'
import type { BoundValidatingPolicy } from './configured.ts'
import type { PolicyInvocation } from './invocations.ts'

const longestValue = 10 * 1024

/** What policies say for the audit of a request: values by policy and key, each once. */
export class PolicyAnnotations {
  readonly #values = new Map<string, Set<string>>()

  /** Takes in what a policy says; gives denials for expressions that have failed. */
  add(
    { annotations }: PolicyJudgement,
    { policy, binding }: PolicyInvocation<BoundValidatingPolicy>,
  ): readonly { policy: string; binding: string; message: string; reason: string }[] {
    return annotations.flatMap((annotation) => {
      const { name } = binding.metadata
      if ('error' in annotation) {
        return [{ policy, binding: name, message: annotation.error, reason: '' }]
      }
      const key = `${policy}/${annotation.key}`
      const values = this.#values.get(key) ?? new Set()
      values.add(annotation.value.slice(0, longestValue))
      this.#values.set(key, values)
      return []
    })
  }

  publish({ annotate }: AdmissionContext): void {
    for (const [key, values] of this.#values) annotate?.(key, [...values].join(', '))
  }
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
}

/** Notes a validation that was not passed, where its binding wants that noted. */
export function publishFailure(
  { annotate }: AdmissionContext,
  { message, index }: PolicyDenial,
  {
    policy,
    binding,
    actions,
  }: { readonly policy: string; readonly binding: string; readonly actions: readonly string[] },
): void {
  const failure = { message, policy, binding, expressionIndex: index, validationActions: actions }
  const text = JSON.stringify([failure]).replace(/[<>&]/g, (letter) => escapes[letter] ?? letter)
  annotate?.('validation.policy.admission.k8s.io/validation_failure', text)
}
