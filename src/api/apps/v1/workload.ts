/** Rules that the kinds with a selector and a pod template share. */
import {
  isEverything,
  type LabelSelector,
  matchesLabels,
  type Selector,
  selectorFromObject,
  validateLabelSelector,
} from '#machinery/selectors'
import {
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import { defaultPodSpec, defaultPodTemplate } from '../../core/v1/pod/defaults.ts'
import { validatePodTemplate } from '../../core/v1/pod/validation/pod.ts'
import type { PodTemplateSpec } from '../../generated/types/index.ts'
import { ensure } from '../../shared/checks.ts'

/** A selector that is there and selects something; `owner` names the kind in messages. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  path: FieldPath,
  owner: string,
): FieldErrors {
  if (!selector) return [requiredField(path)]
  const isEmpty =
    Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length
  return [
    ...validateLabelSelector(selector, path),
    ...ensure(!isEmpty, () =>
      invalidField(path, selector, `empty selector is invalid for ${owner}`),
    ),
  ]
}

export interface TemplateRules {
  readonly selector: LabelSelector | undefined
  readonly deadlineMessage?: string
}

/** A template whose pods the selector finds and which run for ever. */
export function validateWorkloadTemplate(
  given: PodTemplateSpec | undefined,
  path: FieldPath,
  { selector, deadlineMessage }: TemplateRules,
): FieldErrors {
  // Upstream's template is no pointer: one that is missing has the defaults and is judged by them.
  const template = given?.spec ? given : { ...given, spec: defaultPodSpec({ containers: [] }) }
  const parsed = tryParse(selector)
  const labels = template.metadata?.labels
  const matches = !parsed || isEverything(parsed) || matchesLabels(parsed, labels)
  const policy = template.spec?.restartPolicy
  return [
    ...ensure(matches, () =>
      invalidField(
        path.child('metadata', 'labels'),
        labels ?? null,
        '`selector` does not match template `labels`',
      ),
    ),
    ...validatePodTemplate(template, path),
    ...ensure(policy === 'Always', () =>
      notSupportedField(path.child('spec', 'restartPolicy'), policy ?? '', ['Always']),
    ),
    ...ensure(!deadlineMessage || template.spec?.activeDeadlineSeconds === undefined, () =>
      forbiddenField(path.child('spec', 'activeDeadlineSeconds'), deadlineMessage ?? ''),
    ),
  ]
}

/** A template with its defaults; one that is missing stays so, for validation to find. */
export function defaultTemplate<T extends PodTemplateSpec | undefined>(template: T): T {
  return (template && defaultPodTemplate(template)) as T
}

function tryParse(selector: LabelSelector | undefined): Selector | undefined {
  try {
    return selectorFromObject(selector)
  } catch {
    return undefined
  }
}
