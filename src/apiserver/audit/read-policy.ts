import { KnarrError, messageOf } from '#lib'
import { decodeYaml } from '#machinery/codec'
import { prune, type SchemaNode } from '#machinery/schema'
import { strictDecodingError, strictFaults } from '#machinery/status'
import {
  aggregateMessage,
  checkDns1123Subdomain,
  type FieldError,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import { configFlag, configText, listOf } from '../config-files/schema.ts'
import {
  type AuditPolicy,
  type AuditRule,
  auditLevels,
  auditStages,
  type GroupResources,
} from './policy.ts'

/**
 * Reads the file of `--audit-policy-file`. Unlike upstream, which warns of them, fields that a Policy does
 * not have are refused: a rule would be about more than whoever wrote it thinks.
 * @throws KnarrError `BadAuditPolicy`, with upstream's texts.
 */
export function readAuditPolicy(text: string, path: string): AuditPolicy {
  const fail = (why: string) =>
    new KnarrError('BadAuditPolicy', `loading audit policy file: ${why}: from file ${path}`)
  const { value, unknownFields } = decoded(text, fail)
  // Cast: it has been decoded by the schema below.
  const { apiVersion = '', kind = '' } = value as { apiVersion?: string; kind?: string }
  if (kind === '') throw fail(`failed decoding: Object 'Kind' is missing in '${text}'`)
  if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy') {
    throw fail(`failed decoding: no kind "${kind}" is registered for version "${apiVersion}"`)
  }
  if (unknownFields.length > 0) {
    throw fail(strictDecodingError(strictFaults(unknownFields)))
  }
  // Cast: and what the schema leaves open is checked next.
  const policy = value as AuditPolicy
  const errors = policyErrors(policy)
  if (errors.length > 0) throw fail(aggregateMessage(errors))
  if (policy.rules.length === 0) throw fail('loaded illegal policy with 0 rules')
  return policy
}

function decoded(text: string, fail: (why: string) => KnarrError) {
  try {
    const [document] = decodeYaml(text)
    return prune(document ?? {}, policySchema)
  } catch (error) {
    throw fail(`failed decoding: ${messageOf(error)}`)
  }
}

const strings = listOf(configText)

function struct(name: string, fields: Readonly<Record<string, SchemaNode>>): SchemaNode {
  const known = new Map(Object.entries(fields).map(([field, schema]) => [field, { schema }]))
  return { kind: 'object', name, field: (field) => known.get(field) }
}

const rules = listOf(
  struct('v1.PolicyRule', {
    level: configText,
    users: strings,
    userGroups: strings,
    verbs: strings,
    resources: listOf(
      struct('v1.GroupResources', {
        group: configText,
        resources: strings,
        resourceNames: strings,
      }),
    ),
    namespaces: strings,
    nonResourceURLs: strings,
    omitStages: strings,
    omitManagedFields: configFlag,
  }),
)

const policySchema = ((): SchemaNode => {
  const fields = new Map<string, { readonly schema: SchemaNode; readonly required?: true }>([
    ['apiVersion', { schema: configText }],
    ['kind', { schema: configText }],
    ['metadata', { schema: { kind: 'any' } }],
    ['rules', { schema: rules, required: true }],
    ['omitStages', { schema: strings }],
    ['omitManagedFields', { schema: configFlag }],
  ])
  const zeros = new Map([['rules', Object.freeze([])]])
  return { kind: 'object', name: 'v1.Policy', field: (name) => fields.get(name), zeros }
})()

/** What upstream's validation finds (`ValidatePolicy`). */
function policyErrors({ rules: all, omitStages = [] }: AuditPolicy): readonly FieldError[] {
  return [
    ...stageErrors(omitStages, fieldPath('omitStages')),
    ...all.flatMap((rule, index) => ruleErrors(rule, fieldPath('rules').index(index))),
  ]
}

function ruleErrors(rule: AuditRule, path: FieldPath): readonly FieldError[] {
  const { nonResourceURLs: urls = [], resources = [], namespaces = [], omitStages = [] } = rule
  const urlsPath = path.child('nonResourceURLs')
  const isAboutBoth = urls.length > 0 && (resources.length > 0 || namespaces.length > 0)
  const both = 'rules cannot apply to both regular resources and non-resource URLs'
  return [
    ...levelErrors(rule.level, path.child('level')),
    ...urls.flatMap((url, index) => urlErrors(url, urlsPath.index(index))),
    ...resources.flatMap((each) => resourceErrors(each, path.child('resources'))),
    ...stageErrors(omitStages, path.child('omitStages')),
    ...(isAboutBoth ? [invalidField(urlsPath, urls, both)] : []),
  ]
}

function levelErrors(level: string | undefined, path: FieldPath): readonly FieldError[] {
  if (!level) return [requiredField(path)]
  const levels: readonly string[] = auditLevels
  return levels.includes(level) ? [] : [notSupportedField(path, level, levels)]
}

function urlErrors(url: string, path: FieldPath): readonly FieldError[] {
  if (url === '*') return []
  const start = "non-resource URL rules must begin with a '/' character"
  const end = "non-resource URL wildcards '*' must be the final character of the rule"
  return [
    ...(url.startsWith('/') ? [] : [invalidField(path, url, start)]),
    ...(url.slice(0, -1).includes('*') ? [invalidField(path, url, end)] : []),
  ]
}

function resourceErrors(
  { group = '', resources = [], resourceNames = [] }: GroupResources,
  path: FieldPath,
): readonly FieldError[] {
  const faults = group === '' || group === '*' ? [] : checkDns1123Subdomain(group)
  const isBare = resourceNames.length > 0 && resources.length === 0
  const bare = 'using resourceNames requires at least one resource'
  return [
    ...(faults.length > 0 ? [invalidField(path.child('group'), group, faults.join(','))] : []),
    ...(isBare ? [invalidField(path.child('resourceNames'), resourceNames, bare)] : []),
  ]
}

function stageErrors(stages: readonly string[], path: FieldPath): readonly FieldError[] {
  const known: readonly string[] = auditStages
  return stages.flatMap((stage, index) =>
    known.includes(stage)
      ? []
      : [invalidField(path.index(index), stage, `allowed stages are ${known.join(',')}`)],
  )
}
