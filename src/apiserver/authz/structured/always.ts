import type { Authorizer } from '../authorizer.ts'

/** Lets everybody do everything. */
export const alwaysAllow: Authorizer = Object.freeze<Authorizer>({
  name: 'AlwaysAllow',
  authorize: () => ({ kind: 'allow', reason: '' }),
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
})

/** Allows nothing, and leaves to others what they allow. */
export const alwaysDeny: Authorizer = Object.freeze<Authorizer>({
  name: 'AlwaysDeny',
  authorize: () => ({ kind: 'noOpinion', reason: 'Everything is forbidden.' }),
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
})
