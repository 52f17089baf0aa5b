import type { Plugin } from '../framework/plugin.ts'

/** Higher priority first, then who has waited longer. */
export const prioritySort: Plugin = {
  name: 'PrioritySort',
  compare: (a, b) => b.info.priority - a.info.priority || a.queuedAtMs - b.queuedAtMs,
}
