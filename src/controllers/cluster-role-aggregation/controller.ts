import { type ClusterRole, clusterRoles } from '#api'
import { deepEqual, keyOf, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import { type Controller, watching } from '../runner/controller.ts'

type Rule = NonNullable<ClusterRole['rules']>[number]

/** Gathers the rules of ClusterRoles into those that aggregate them (upstream: clusterroleaggregation). */
export const clusterRoleAggregationController: Controller = {
  name: 'clusterrole-aggregation',
  workers: 5,
  permissions: [
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles'],
      verbs: ['escalate', 'get', 'list', 'patch', 'update', 'watch'],
    },
  ],
  start(context) {
    const cache = context.informers.informer(clusterRoles)
    const aggregating = () => cache.list().filter(({ aggregationRule }) => aggregationRule)
    return {
      watches: [watching(clusterRoles, () => aggregating().map(keyOf))],
      async reconcile(name, { client }) {
        const role = cache.get(name)
        if (!role?.aggregationRule) return undefined
        const rules = aggregateRules(role, cache.list())
        if (deepEqual(rules, role.rules ?? [])) return undefined
        await client.update(clusterRoles, { ...role, rules })
        return undefined
      },
    }
  },
}

/** The rules of every other role that a selector matches, each once, selector by selector, by name. */
export function aggregateRules(
  { metadata, aggregationRule }: Stored<ClusterRole>,
  all: readonly Stored<ClusterRole>[],
): readonly Rule[] {
  const rules: Rule[] = []
  for (const wanted of aggregationRule?.clusterRoleSelectors ?? []) {
    const selector = selectorFromObject(wanted)
    const selected = all.filter(
      (role) =>
        role.metadata.name !== metadata.name && matchesLabels(selector, role.metadata.labels),
    )
    for (const rule of selected.flatMap(({ rules: each }) => each ?? [])) {
      if (!rules.some((held) => deepEqual(held, rule))) rules.push(rule)
    }
  }
  return rules
}
