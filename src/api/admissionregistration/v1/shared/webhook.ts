import { deepEqual } from '#machinery'
import { validateLabelSelector } from '#machinery/selectors'
import {
  checkDns1035Label,
  checkDns1123Subdomain,
  duplicateField,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import type {
  MutatingWebhook,
  ValidatingWebhook,
} from '../../../generated/types/admissionregistration-v1.ts'
import { eachItem, ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { validateWebhookClient } from '../../../shared/webhook-client.ts'
import { validateMatchConditions } from './match-conditions.ts'
import { validateRule } from './rules.ts'

/** A webhook of either kind; only a mutating one may say when it is called again. */
export type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>

/** What is asked of new configurations, and of others only where the stored one holds to it already. */
interface Demands {
  readonly ignoreMatchConditions: boolean
  readonly noSideEffects: boolean
  readonly knownReviewVersion: boolean
  readonly uniqueNames: boolean
  readonly validSelectorValues: boolean
}

/** Errors of the webhooks of a configuration; what was wrong before may stay. */
export function validateWebhooks(
  webhooks: readonly Webhook[] = [],
  old?: readonly Webhook[],
): FieldErrors {
  const demands = demandsOf(webhooks, old)
  const names = new Set<string>()
  return eachItem(webhooks, fieldPath('webhooks'), (webhook, path) => {
    const { name = '' } = webhook
    const isRepeated = demands.uniqueNames && name !== '' && names.has(name)
    names.add(name)
    const versions = path.child('admissionReviewVersions')
    return [
      ...validateWebhook(webhook, path, demands),
      ...validateReviewVersions(webhook.admissionReviewVersions ?? [], versions, demands),
      ...ensure(!isRepeated, () => duplicateField(path.child('name'), name)),
    ]
  })
}

function demandsOf(webhooks: readonly Webhook[], old: readonly Webhook[] | undefined): Demands {
  if (!old) {
    return {
      ignoreMatchConditions: false,
      noSideEffects: true,
      knownReviewVersion: true,
      uniqueNames: true,
      validSelectorValues: true,
    }
  }
  const sameConditions = (webhook: Webhook, index: number) =>
    deepEqual(webhook.matchConditions, old[index]?.matchConditions)
  return {
    ignoreMatchConditions: webhooks.length === old.length && webhooks.every(sameConditions),
    noSideEffects: old.every(({ sideEffects }) => harmless.includes(sideEffects)),
    knownReviewVersion: old.every(
      ({ admissionReviewVersions: versions = [] }) =>
        versions.length === 0 || versions.some(isReviewVersion),
    ),
    uniqueNames: new Set(old.map(({ name }) => name)).size === old.length,
    validSelectorValues: old.every(
      ({ namespaceSelector, objectSelector }) =>
        validateLabelSelector(namespaceSelector, fieldPath()).length === 0 &&
        validateLabelSelector(objectSelector, fieldPath()).length === 0,
    ),
  }
}

const harmless: readonly string[] = ['None', 'NoneOnDryRun']
const anyEffects: readonly string[] = ['None', 'NoneOnDryRun', 'Some', 'Unknown']

function validateWebhook(webhook: Webhook, path: FieldPath, demands: Demands): FieldErrors {
  const { rules, timeoutSeconds: timeout } = webhook
  const selectors = { allowInvalidValues: !demands.validSelectorValues }
  return [
    ...validateName(webhook.name ?? '', path.child('name')),
    ...eachItem(rules, path.child('rules'), (rule, at) => validateRule(rule, at)),
    ...oneOf(webhook, path, 'failurePolicy', ['Fail', 'Ignore']),
    ...oneOf(webhook, path, 'matchPolicy', ['Equivalent', 'Exact']),
    ...validateSideEffects(webhook, path.child('sideEffects'), demands),
    ...ensure(timeout === undefined || (timeout >= 1 && timeout <= 30), () =>
      invalidField(
        path.child('timeoutSeconds'),
        timeout,
        'the timeout value must be between 1 and 30 seconds',
      ),
    ),
    ...validateLabelSelector(webhook.namespaceSelector, path.child('namespaceSelector'), selectors),
    ...validateLabelSelector(webhook.objectSelector, path.child('objectSelector'), selectors),
    ...oneOf(webhook, path, 'reinvocationPolicy', ['IfNeeded', 'Never']),
    ...validateWebhookClient(webhook.clientConfig ?? {}, path.child('clientConfig')),
    ...(demands.ignoreMatchConditions
      ? []
      : validateMatchConditions(webhook.matchConditions ?? [], path.child('matchConditions'))),
  ]
}

/** A name with at least three parts, so that it says whose it is. */
function validateName(name: string, path: FieldPath): FieldErrors {
  if (name === '') return [requiredField(path)]
  const messages = checkDns1123Subdomain(name)
  if (messages.length > 0) return [invalidField(path, name, messages.join(','))]
  return ensure(name.split('.').length >= 3, () =>
    invalidField(path, name, 'should be a domain with at least three segments separated by dots'),
  )
}

function oneOf(
  webhook: Webhook,
  path: FieldPath,
  field: 'failurePolicy' | 'matchPolicy' | 'reinvocationPolicy',
  supported: readonly string[],
): FieldErrors {
  const value = webhook[field]
  return value === undefined ? [] : requireOneOf(value, path.child(field), supported)
}

function validateSideEffects(
  webhook: Partial<Webhook>,
  path: FieldPath,
  { noSideEffects }: Demands,
): FieldErrors {
  const { sideEffects } = webhook
  const allowed = noSideEffects ? harmless : anyEffects
  if (sideEffects === undefined) {
    return [requiredField(path, `must specify one of ${allowed.join(', ')}`)]
  }
  return ensure(allowed.includes(sideEffects), () => notSupportedField(path, sideEffects, allowed))
}

const reviewVersions: readonly string[] = ['v1', 'v1beta1']

function isReviewVersion(version: string): boolean {
  return reviewVersions.includes(version)
}

function validateReviewVersions(
  versions: readonly string[],
  path: FieldPath,
  { knownReviewVersion }: Demands,
): FieldErrors {
  const known = reviewVersions.join(', ')
  if (versions.length === 0) return [requiredField(path, `must specify one of ${known}`)]
  return [
    ...eachItem(versions, path, (version, at, index) =>
      versions.indexOf(version) < index
        ? [invalidField(at, version, 'duplicate version')]
        : invalidWith(at, version, checkDns1035Label(version)),
    ),
    ...ensure(!knownReviewVersion || versions.some(isReviewVersion), () =>
      invalidField(path, versions, `must include at least one of ${known}`),
    ),
  ]
}
