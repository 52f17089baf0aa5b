import type * as cri from './cri/index.ts'

/**
 * The runtimes that run real containers. Loaded when first asked for: gRPC and its messages take a
 * tenth of a second, which a simulated cluster need not spend.
 */
export function loadRealRuntime(): Promise<typeof cri> {
  return import('./cri/index.ts')
}
