import type { Pod } from '#api'
import { podQosClass } from '#api'
import type { PodQos } from '#host'

/** The pod's class: as recorded at creation, else worked out. */
export function qosOf(pod: Pod): PodQos {
  return (pod.status?.qosClass ?? podQosClass(pod)) as PodQos
}
