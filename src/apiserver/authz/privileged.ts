import type { SyncAuthorizer } from './union.ts'

/** Whoever is in this group may do all, even when RBAC's objects are gone. */
export const mastersGroup = 'system:masters'

const everything = Object.freeze({
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
})
const none = Object.freeze({ resourceRules: [], nonResourceRules: [], incomplete: false })

/** Upstream's privileged group: an allowance that no deletion of bindings takes away. */
export const privilegedAuthorizer: SyncAuthorizer = Object.freeze<SyncAuthorizer>({
  name: 'SystemMasters',
  authorize: ({ user }) => ({
    kind: user.groups.includes(mastersGroup) ? 'allow' : 'noOpinion',
    reason: '',
  }),
  rulesFor: (user) => (user.groups.includes(mastersGroup) ? everything : none),
})
