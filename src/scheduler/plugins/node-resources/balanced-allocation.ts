import { maxNodeScore, type Plugin } from '../../framework/plugin.ts'

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
        const used = (cpu: number, memory: number) =>
          balance(
            fraction(requested.milliCpu + cpu, allocatable.milliCpu),
            fraction(requested.memory + memory, allocatable.memory),
          )
        const without = used(0, 0)
        const withPod = used(request.milliCpu, request.memory)
        const half = maxNodeScore / 2
        return half + Math.trunc((half + withPod - without) / 2)
      },
    }
  },
}

/** No number where the node has none of the resource: then there is nothing to compare. */
function fraction(requested: number, capacity: number): number {
  return capacity === 0 ? Number.NaN : Math.min(1, requested / capacity)
}

/** 100 when CPU and memory are used in the same proportion, 50 when one is full and one is free. */
function balance(cpuFraction: number, memoryFraction: number): number {
  const deviation = Math.abs(cpuFraction - memoryFraction) / 2
  return Number.isNaN(deviation) ? maxNodeScore : Math.trunc((1 - deviation) * maxNodeScore)
}
