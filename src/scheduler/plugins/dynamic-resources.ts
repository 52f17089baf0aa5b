import type { Plugin } from '../framework/plugin.ts'

/**
 * Upstream's plugin for resource claims takes part in the search for what could make room, and says
 * so in the event. Claims themselves are not allocated here.
 */
export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  postFilter: ({ pod: { pod } }) => ({
    kind: 'reject',
    reasons: [
      pod.spec?.resourceClaims?.length ? 'still not schedulable' : 'no new claims to deallocate',
    ],
  }),
}
