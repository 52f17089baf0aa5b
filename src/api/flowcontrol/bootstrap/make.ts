import type { ObjectMeta } from '#machinery'
import type { FlowSchema } from '../../generated/types/index.ts'

type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number]

export type Subjects = Rule['subjects']

interface SchemaParts {
  readonly level: string
  readonly precedence: number
  readonly distinguisher?: 'ByUser' | 'ByNamespace'
  readonly subjects: Subjects
  /** Absent: all there are. */
  readonly resourceRules?: NonNullable<Rule['resourceRules']>
  readonly nonResourceRules?: NonNullable<Rule['nonResourceRules']>
}

const all = ['*']
const allResources = [
  { verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true },
]
const allPaths = [{ verbs: all, nonResourceURLs: all }]

/** What brings an object up to date, until somebody says `false` (upstream: `AutoUpdateAnnotationKey`). */
export const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec'

export function maintained(name: string): ObjectMeta & { readonly name: string } {
  return { name, annotations: { [autoUpdateAnnotation]: 'true' } }
}

export function flowSchemaOf(
  name: string,
  { level, precedence, distinguisher, subjects, ...rules }: SchemaParts,
): FlowSchema & { readonly metadata: ObjectMeta & { readonly name: string } } {
  const { resourceRules = allResources, nonResourceRules = allPaths } = rules
  const rule: Rule = {
    subjects,
    ...(resourceRules.length > 0 && { resourceRules }),
    ...(nonResourceRules.length > 0 && { nonResourceRules }),
  }
  return {
    metadata: maintained(name),
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: precedence,
      ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
      rules: [rule],
    },
  }
}

export function groupsOf(...names: readonly string[]): Subjects {
  return names.map((name) => ({ kind: 'Group', group: { name } }))
}

export function usersOf(...names: readonly string[]): Subjects {
  return names.map((name) => ({ kind: 'User', user: { name } }))
}

export const kubeSystemAccounts: Subjects = [
  { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: 'kube-system' } },
]
