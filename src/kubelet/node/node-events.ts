import type { Node } from '#api'
import type { KubeletWorld } from '../model/world.ts'

/** The events that a kubelet records of its node besides conditions. */
export interface NodeEvents {
  /** Compares the node's object, and the boot that the machine is in, with those before. */
  recordChanges(node: Node, bootId: string): void
}

/** Upstream: recordNodeSchedulableEvent, and the reboot that the MachineInfo setter notices. */
export function createNodeEvents({ events, config }: KubeletWorld): NodeEvents {
  const { nodeName } = config
  const about = { kind: 'Node', name: nodeName, uid: nodeName }
  let isCordoned = false
  let reportedBootId: string | undefined
  return {
    recordChanges({ spec, status }, bootId) {
      const isNow = spec?.unschedulable === true
      if (isNow !== isCordoned) {
        const reason = isNow ? 'NodeNotSchedulable' : 'NodeSchedulable'
        const message = `Node ${nodeName} status is now: ${reason}`
        events.event(about, { type: 'Normal', reason, message })
      }
      isCordoned = isNow
      const before = status?.nodeInfo?.bootID
      if (!before || before === bootId || bootId === reportedBootId) return
      reportedBootId = bootId
      const message = `Node ${nodeName} has been rebooted, boot id: ${bootId}`
      events.event(about, { type: 'Warning', reason: 'Rebooted', message })
    },
  }
}
