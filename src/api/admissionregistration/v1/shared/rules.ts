import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import type { RuleWithOperations } from '../../../generated/types/admissionregistration-v1.ts'
import { fillAbsent } from '../../../shared/change.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'

/** A rule of a webhook, or of what a policy matches; those of a policy name their resources besides. */
type Rule = RuleWithOperations

/** A rule with its default: it is about objects of namespaces and of the cluster alike. */
export function withRuleDefaults<R extends Rule>(rule: R): R {
  // Cast: a rule of any kind has a scope.
  return fillAbsent<R>(rule, { scope: '*' } as Partial<R>)
}

/** Upstream's operations, in the order of its messages. */
const ruleOperations: readonly string[] = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

/** Errors of a rule: what it is about, and the operations at that. */
export function validateRule(
  rule: Rule,
  path: FieldPath,
  supported: readonly string[] = ruleOperations,
): FieldErrors {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule
  const at = path.child('operations')
  const versions = path.child('apiVersions')
  return [
    ...requireItems(operations, at, 'operations'),
    ...eachItem(operations, at, (operation, each) =>
      ensure(supported.includes(operation), () => notSupportedField(each, operation, supported)),
    ),
    ...requireItems(apiGroups, path.child('apiGroups'), 'API groups'),
    ...requireItems(apiVersions, versions, 'API versions'),
    ...eachItem(apiVersions, versions, (version, each) =>
      ensure(version !== '', () => requiredField(each)),
    ),
    ...validateResources(resources, path.child('resources')),
    ...ensure(scope === undefined || scopes.includes(scope), () =>
      notSupportedField(path.child('scope'), scope, scopes),
    ),
  ]
}

const scopes: readonly string[] = ['*', 'Cluster', 'Namespaced']

/** A list that is not empty, in which nothing stands beside a `*`. */
function requireItems(list: readonly string[], path: FieldPath, what: string): FieldErrors {
  if (list.length === 0) return [requiredField(path)]
  return ensure(list.length === 1 || !list.includes('*'), () =>
    invalidField(path, list, `if '*' is present, must not specify other ${what}`),
  )
}

function validateResources(resources: readonly string[], path: FieldPath): FieldErrors {
  if (resources.length === 0) return [requiredField(path)]
  const [anyPart, anyResource] = [new Set<string>(), new Set<string>()]
  return [
    ...eachItem(resources, path, (text, each) => {
      if (text === '') return [requiredField(each)]
      const slash = text.indexOf('/')
      if (slash < 0) return []
      const [resource, part] = [text.slice(0, slash), text.slice(slash + 1)]
      const covered = (pattern: string) =>
        invalidField(each, text, `if '${pattern}' is present, must not specify ${text}`)
      const errors = [
        ...ensure(!anyPart.has(resource), () => covered(`${resource}/*`)),
        ...ensure(!anyResource.has(part), () => covered(`*/${part}`)),
      ]
      if (part === '*') anyPart.add(resource)
      if (resource === '*') anyResource.add(part)
      return errors
    }),
    ...validateWildcards(resources, path),
  ]
}

function validateWildcards(resources: readonly string[], path: FieldPath): FieldErrors {
  // Upstream looks only at the last resource without a part.
  const lastWhole = resources.findLast((text) => text !== '' && !text.includes('/'))
  const hasWhole = lastWhole !== undefined && lastWhole !== '*'
  return [
    ...ensure(resources.length === 1 || !resources.includes('*/*'), () =>
      invalidField(path, resources, "if '*/*' is present, must not specify other resources"),
    ),
    ...ensure(!(resources.includes('*') && hasWhole), () =>
      invalidField(
        path,
        resources,
        "if '*' is present, must not specify other resources without subresources",
      ),
    ),
  ]
}
