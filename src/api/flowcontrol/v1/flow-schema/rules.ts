import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  labelName,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import type { FlowSchema } from '../../../generated/types/index.ts'
import { eachItem, ensure, invalidWith } from '../../../shared/checks.ts'

type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number]
type ResourceRule = NonNullable<Rule['resourceRules']>[number]
type PathRule = NonNullable<Rule['nonResourceRules']>[number]

const verbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
]

/** What a rule of a FlowSchema matches besides who asks. */
export function validateRule(
  { resourceRules = [], nonResourceRules = [] }: Rule,
  path: FieldPath,
): FieldErrors {
  return [
    ...ensure(resourceRules.length + nonResourceRules.length > 0, () =>
      requiredField(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'),
    ),
    ...eachItem(resourceRules, path.child('resourceRules'), validateResourceRule),
    ...eachItem(nonResourceRules, path.child('nonResourceRules'), validatePathRule),
  ]
}

/** One thing of many, where a star stands for all of them, and for itself alone. */
interface Words {
  readonly path: FieldPath
  readonly missing: string
  readonly others: string
}

function validateWords(list: readonly string[], { path, missing, others }: Words): FieldErrors {
  if (list.length === 0) return [requiredField(path, missing)]
  return ensure(list.length === 1 || !list.includes('*'), () =>
    invalidField(path, list, `if '*' is present, must not specify other ${others}`),
  )
}

function validateVerbs(list: readonly string[], path: FieldPath): FieldErrors {
  const missing = 'verbs must contain at least one value'
  const isKnown = list.includes('*') || list.every((verb) => verbs.includes(verb))
  return [
    ...validateWords(list, { path, missing, others: 'verbs' }),
    // Upstream shows the whole list as the value.
    ...ensure(isKnown, () => ({ ...notSupportedField(path, '', verbs), badValue: list })),
  ]
}

function validateResourceRule(rule: ResourceRule, path: FieldPath): FieldErrors {
  const { namespaces = [], clusterScope = false } = rule
  const place = path.child('namespaces')
  return [
    ...validateVerbs(rule.verbs, path.child('verbs')),
    ...validateWords(rule.apiGroups, {
      path: path.child('apiGroups'),
      missing: 'resource rules must supply at least one api group',
      others: 'api groups',
    }),
    ...validateWords(rule.resources, {
      path: path.child('resources'),
      missing: 'resource rules must supply at least one resource',
      others: 'resources',
    }),
    ...(namespaces.length === 0 && clusterScope
      ? []
      : validateWords(namespaces, {
          path: place,
          missing: 'resource rules that are not cluster scoped must supply at least one namespace',
          others: 'namespaces',
        })),
    ...(namespaces.includes('*')
      ? []
      : eachItem(namespaces, place, (name, at) =>
          invalidWith(
            at,
            name,
            labelName(name, false).map(
              (why) => `each member of this list must be '*' or a DNS-1123 label; ${why}`,
            ),
          ),
        )),
  ]
}

function validatePathRule({ verbs: done, nonResourceURLs: urls }: PathRule, path: FieldPath) {
  const place = path.child('nonResourceURLs')
  return [
    ...validateVerbs(done, path.child('verbs')),
    ...validateWords(urls, {
      path: place,
      missing: 'nonResourceURLs must contain at least one value',
      others: 'non-resource URLs',
    }),
    ...(urls.includes('*')
      ? []
      : eachItem(urls, place, (url, at) => {
          const why = urlFault(url)
          return why === undefined ? [] : [invalidField(at, url, why)]
        })),
  ]
}

function urlFault(url: string): string | undefined {
  if (url === '') return 'must not be empty'
  if (url === '/') return undefined
  if (!url.startsWith('/')) return 'must start with slash'
  if (url.includes(' ')) return 'must not contain white-space'
  if (url.includes('//')) return 'must not contain double slash'
  const star = url.indexOf('*')
  const isSuffix = star === url.length - 1 && url.endsWith('/*')
  return star < 0 || isSuffix ? undefined : 'wildcard can only do suffix matching'
}
