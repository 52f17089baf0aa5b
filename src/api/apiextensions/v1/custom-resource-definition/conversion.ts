import { hasCondition, type Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  WebhookClientConfig,
} from '../../../generated/types/apiextensions-v1.ts'
import { eachItem, ensure, requireKnown } from '../../../shared/checks.ts'
import { isCaBundle, validateWebhookClient } from '../../../shared/webhook-client.ts'
import { requireLabel } from './names.ts'

/** Whether a kind is served. */
export function isEstablished({ status }: CustomResourceDefinition): boolean {
  return hasCondition(status?.conditions, 'Established')
}

/** Bad certificates are refused only where nothing relies on bad ones already. */
export function allowsBadBundle(old: Stored<CustomResourceDefinition> | undefined): boolean {
  if (!old || !isEstablished(old)) return true
  const bundle = old.spec.conversion?.webhook?.clientConfig?.caBundle
  return bundle !== undefined && !isCaBundle(bundle)
}

/** How objects become those of another version. */
export function validateConversion(
  { conversion, preserveUnknownFields }: CustomResourceDefinitionSpec,
  path: FieldPath,
  allowBadBundle: boolean,
): FieldErrors {
  if (!conversion) return []
  const { strategy, webhook } = conversion
  const at = path.child('strategy')
  const mixed = 'must be None if spec.preserveUnknownFields is true'
  const known = [
    ...ensure(!preserveUnknownFields || strategy === 'None', () =>
      invalidField(at, strategy, mixed),
    ),
    ...requireKnown(strategy, at, ['None', 'Webhook']),
  ]
  const [config, versions] = ['webhookClientConfig', 'conversionReviewVersions'] as const
  if (strategy !== 'Webhook') {
    const unwanted = 'should not be set when strategy is not set to Webhook'
    return [
      ...known,
      ...ensure(!webhook?.clientConfig, () => forbiddenField(path.child(config), unwanted)),
      ...ensure(!webhook?.conversionReviewVersions?.length, () =>
        forbiddenField(path.child(versions), unwanted),
      ),
    ]
  }
  const given = webhook?.clientConfig
  return [
    ...known,
    ...(given
      ? validateClient(given, path.child(config), allowBadBundle)
      : [requiredField(path.child(config), 'required when strategy is set to Webhook')]),
    ...validateReviewVersions(webhook?.conversionReviewVersions ?? [], path.child(versions)),
  ]
}

function validateClient(
  config: WebhookClientConfig,
  path: FieldPath,
  allowBadBundle: boolean,
): FieldErrors {
  const { caBundle } = config
  const isGood = !caBundle || allowBadBundle || isCaBundle(caBundle)
  const bad = 'unable to load root certificates: unable to parse bytes as PEM block'
  return [
    ...validateWebhookClient(config, path),
    ...ensure(isGood, () => invalidField(path.child('caBundle'), caBundle, bad)),
  ]
}

const reviewVersions: readonly string[] = ['v1', 'v1beta1']

function validateReviewVersions(versions: readonly string[], path: FieldPath): FieldErrors {
  if (versions.length === 0) return [requiredField(path)]
  return [
    ...eachItem(versions, path, (version, at, index) =>
      versions.indexOf(version) < index
        ? [invalidField(at, version, 'duplicate version')]
        : requireLabel(version, at),
    ),
    ...ensure(
      versions.some((version) => reviewVersions.includes(version)),
      () =>
        invalidField(path, versions, `must include at least one of ${reviewVersions.join(', ')}`),
    ),
  ]
}
