import { maxNodeScore, type Plugin } from '../plugin.ts'

/**
 * Prefers nodes that the pod brings nearer to an even use of CPU and memory. Since 1.36 upstream
 * compares the balance with the pod and without it; before, it looked at the balance with it alone.
 */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  preScore({ pod: { request } }) {
    // A pod that asks for nothing changes no balance.
    if (request.milliCpu === 0 && request.memory === 0) return undefined
    return {
      score({ allocatable, load: { requested } }) {
        const capacity = [allocatable.milliCpu, allocatable.memory]
        const without = balance([requested.milliCpu, requested.memory], capacity)
        const wanted = [requested.milliCpu + request.milliCpu, requested.memory + request.memory]
        const half = maxNodeScore / 2
        return half + Math.trunc((half + balance(wanted, capacity) - without) / 2)
      },
    }
  },
}

/** 100 when both resources are used in the same proportion, 50 when one is full and one is free. */
function balance(requested: readonly number[], capacity: readonly number[]): number {
  const fractions = requested
    .map((amount, i) => Math.min(1, amount / (capacity[i] ?? 0)))
    .filter((_, i) => capacity[i] !== 0)
  const [first = 0, second = first] = fractions
  const deviation = Math.abs(first - second) / 2
  return Math.trunc((1 - deviation) * maxNodeScore)
}
