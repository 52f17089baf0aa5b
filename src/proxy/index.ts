export type { ProxyNode } from './choice.ts'
export { type ProxyOptions, runProxy } from './proxy.ts'
export type { SyncLoopOptions } from './sync-loop.ts'
