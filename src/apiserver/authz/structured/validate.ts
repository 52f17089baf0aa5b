import type { CompiledCel } from '#cel'
import { formatDuration, parseDuration } from '#machinery'
import {
  checkDns1123Subdomain,
  duplicateField,
  type FieldError,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
  tooManyField,
} from '#machinery/validation'
import { readCondition } from './conditions.ts'
import type {
  AuthorizationConfiguration,
  AuthorizerConfiguration,
  WebhookConfiguration,
} from './configuration.ts'

/** The types of authorizers that there are, sorted; upstream has ABAC besides. */
const authorizerTypes = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const

/** An authorizer of a configuration, ready for use. */
export interface CompiledAuthorizer {
  readonly type: (typeof authorizerTypes)[number]
  readonly name: string
  /** Of the type Webhook. */
  readonly webhook?: CompiledWebhook
}

/** How a webhook is asked; times in milliseconds, 0 where nothing is remembered. */
export interface CompiledWebhook {
  readonly authorizedMs: number
  readonly unauthorizedMs: number
  readonly timeoutMs: number
  readonly version: 'v1' | 'v1beta1'
  readonly deniesOnError: boolean
  readonly kubeConfigFile: string
  readonly conditions: readonly CompiledCel[]
}

/** What is wrong with a file that a configuration names; undefined for nothing. */
export type FileFault = (path: string) => string | undefined

/** Reads the conditions of a configuration and looks for faults (upstream: `ValidateAuthorizationConfiguration`). */
export function compileAuthorization(
  { authorizers = [] }: AuthorizationConfiguration,
  fileFault: FileFault,
): { readonly authorizers: readonly CompiledAuthorizer[]; readonly errors: readonly FieldError[] } {
  const root = fieldPath('authorizers')
  const errors: FieldError[] = []
  if (authorizers.length === 0) {
    errors.push(requiredField(root, 'at least one authorization mode must be defined'))
  }
  const seen = { types: new Set<string>(), names: new Set<string>() }
  const compiled = authorizers.flatMap((each, i): readonly CompiledAuthorizer[] => {
    const path = root.index(i)
    const type = typeOf(each, path, { seen: seen.types, errors })
    if (!type) return []
    const { name = '', webhook } = each
    errors.push(...nameFaults(name, path.child('name'), seen.names))
    if (type === 'Webhook') {
      if (!webhook) errors.push(requiredField(path.child('webhook'), 'required when type=Webhook'))
      return webhook
        ? [{ type, name, webhook: compileWebhook(webhook, { path, errors, fileFault }) }]
        : []
    }
    const detail = 'may only be specified when type=Webhook'
    if (webhook) errors.push(invalidField(path.child('webhook'), 'non-null', detail))
    return [{ type, name }]
  })
  return { authorizers: compiled, errors }
}

interface Faults {
  readonly seen: Set<string>
  readonly errors: FieldError[]
}

function typeOf(
  { type = '' }: AuthorizerConfiguration,
  authorizer: FieldPath,
  { seen, errors }: Faults,
): CompiledAuthorizer['type'] | undefined {
  const path = authorizer.child('type')
  const known = authorizerTypes.find((each) => each === type)
  if (type === '') errors.push(requiredField(path))
  else if (!known) errors.push(notSupportedField(path, type, authorizerTypes))
  else if (seen.has(type) && type !== 'Webhook') errors.push(duplicateField(path, type))
  else {
    seen.add(type)
    return known
  }
  return undefined
}

function nameFaults(name: string, path: FieldPath, seen: Set<string>): readonly FieldError[] {
  const isSeen = seen.has(name)
  seen.add(name)
  if (name === '') return [requiredField(path)]
  if (isSeen) return [duplicateField(path, name)]
  const faults = checkDns1123Subdomain(name)
  if (faults.length === 0) return []
  return [invalidField(path, name, `authorizer name is invalid: ${faults.join(', ')}`)]
}

interface Compiling {
  /** Upstream names the fields of a webhook without the webhook. */
  readonly path: FieldPath
  readonly errors: FieldError[]
  readonly fileFault: FileFault
}

const maxTimeoutMs = 30_000
const byDefault = { authorizedTTL: '5m0s', unauthorizedTTL: '30s' }

function compileWebhook(webhook: WebhookConfiguration, compiling: Compiling): CompiledWebhook {
  const { path, errors, fileFault } = compiling
  const { timeout = '0s', subjectAccessReviewVersion: version = '', connectionInfo = {} } = webhook
  const timeoutMs = parseDuration(timeout)
  if (timeoutMs === 0) errors.push(requiredField(path.child('timeout')))
  else if (timeoutMs < 0 || timeoutMs > maxTimeoutMs) {
    const shown = formatDuration(timeoutMs)
    errors.push(invalidField(path.child('timeout'), shown, 'must be > 0s and <= 30s'))
  }
  const authorizedMs = spanOf('authorizedTTL', webhook, compiling)
  const unauthorizedMs = spanOf('unauthorizedTTL', webhook, compiling)
  const versions = ['v1', 'v1beta1']
  errors.push(...oneOf(version, versions, path.child('subjectAccessReviewVersion')))
  errors.push(
    ...matchVersionFaults(webhook, path.child('matchConditionSubjectAccessReviewVersion')),
  )
  const { failurePolicy = '' } = webhook
  errors.push(...oneOf(failurePolicy, ['NoOpinion', 'Deny'], path.child('failurePolicy')))
  errors.push(...connectionFaults(connectionInfo, path.child('connectionInfo'), fileFault))
  return {
    authorizedMs: webhook.cacheAuthorizedRequests === false ? 0 : authorizedMs,
    unauthorizedMs: webhook.cacheUnauthorizedRequests === false ? 0 : unauthorizedMs,
    timeoutMs,
    version: version === 'v1beta1' ? 'v1beta1' : 'v1',
    deniesOnError: failurePolicy === 'Deny',
    kubeConfigFile: connectionInfo.kubeConfigFile ?? '',
    conditions: compileConditions(webhook, compiling),
  }
}

function spanOf(
  field: keyof typeof byDefault,
  webhook: WebhookConfiguration,
  { path, errors }: Compiling,
): number {
  const given = parseDuration(webhook[field] ?? '0s')
  const ms = given === 0 ? parseDuration(byDefault[field]) : given
  if (ms < 0) errors.push(invalidField(path.child(field), formatDuration(ms), 'must be > 0s'))
  return ms
}

function oneOf(value: string, known: readonly string[], path: FieldPath): readonly FieldError[] {
  if (value === '') return [requiredField(path)]
  return known.includes(value) ? [] : [notSupportedField(path, value, known)]
}

function matchVersionFaults(
  {
    matchConditionSubjectAccessReviewVersion: version = '',
    matchConditions = [],
  }: WebhookConfiguration,
  path: FieldPath,
): readonly FieldError[] {
  if (version !== '') return oneOf(version, ['v1'], path)
  const detail = 'required if match conditions are specified'
  return matchConditions.length > 0 ? [requiredField(path, detail)] : []
}

const inCluster = 'InClusterConfig'
const fromFile = 'KubeConfigFile'

function connectionFaults(
  { type = '', kubeConfigFile: file = '' }: NonNullable<WebhookConfiguration['connectionInfo']>,
  path: FieldPath,
  fileFault: FileFault,
): readonly FieldError[] {
  const filePath = path.child('kubeConfigFile')
  const bad = (detail: string) => [invalidField(filePath, file, detail)]
  if (type === inCluster) return file === '' ? [] : bad('can only be set when type=KubeConfigFile')
  if (type !== fromFile) return oneOf(type, [inCluster, fromFile], path.child('type'))
  if (file === '') return [requiredField(filePath)]
  if (!file.startsWith('/')) return bad('must be an absolute path')
  const fault = fileFault(file)
  return fault === undefined ? [] : bad(fault)
}

const maxConditions = 64

function compileConditions(
  { matchConditions = [] }: WebhookConfiguration,
  { path: webhook, errors }: Compiling,
): readonly CompiledCel[] {
  const root = webhook.child('matchConditions')
  if (matchConditions.length > maxConditions) {
    errors.push(tooManyField(root, matchConditions.length, maxConditions))
    return []
  }
  const seen = new Set<string>()
  return matchConditions.flatMap(({ expression = '' }, i) => {
    const path = root.index(i).child('expression')
    if (expression.trim() === '' || seen.has(expression)) {
      const isEmpty = expression.trim() === ''
      errors.push(isEmpty ? requiredField(path) : duplicateField(path, expression))
      return []
    }
    seen.add(expression)
    const read = readCondition(expression)
    if (!('error' in read)) return [read]
    errors.push(invalidField(path, expression, read.error))
    return []
  })
}
