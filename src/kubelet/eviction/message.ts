import { formatQuantity, quantityOf } from '#machinery/quantity'
import type { PodUse } from './rank.ts'
import type { Shortage } from './shortages.ts'

/** Why a pod is evicted, in upstream's words. */
export function evictionMessage(shortage: Shortage, pod: PodUse): string {
  const { resource, threshold, available } = shortage
  const head = `The node was low on resource: ${resource}. Threshold quantity: ${threshold}, available: ${available}. `
  const larger = pod.containers
    .filter(({ usedBytes, requestBytes }) => usedBytes > requestBytes)
    .map(
      ({ name, usedBytes, requestBytes }) =>
        `Container ${name} was using ${shown(usedBytes)}, request is ${shown(requestBytes)}, has larger consumption of ${resource}. `,
    )
  return head + larger.join('')
}

/** As the kubelet shows what it measured: in kibibytes, and `0` for nothing. */
function shown(bytes: number): string {
  const kibibytes = Math.round(bytes / 1024)
  return formatQuantity(quantityOf(kibibytes * 1024, 'BinarySI'))
}
