import type { NodeCondition } from '#api'
import { formatTime } from '#machinery'

/** Conditions as the kubelet finds them, before times are added. */
export interface NodeFindings {
  /** Why the runtime or its network is not ready; undefined when both are. */
  readonly runtimeFault: string | undefined
  readonly memoryPressure: boolean
  readonly diskPressure: boolean
  readonly pidPressure: boolean
}

type Verdict = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>

/** Upstream's conditions with their reasons and texts, in its order. */
export function nodeConditions(
  findings: NodeFindings,
  held: readonly NodeCondition[],
  nowMs: number,
): readonly NodeCondition[] {
  const now = formatTime(nowMs)
  const own = verdicts(findings).map((verdict) => {
    const before = held.find(({ type }) => type === verdict.type)
    const lastTransitionTime =
      before?.status === verdict.status ? (before.lastTransitionTime ?? now) : now
    return { ...verdict, lastHeartbeatTime: now, lastTransitionTime } as NodeCondition
  })
  const types = new Set(own.map(({ type }) => type))
  return [...held.filter(({ type }) => !types.has(type)), ...own]
}

function verdicts(findings: NodeFindings): readonly Verdict[] {
  const { runtimeFault, memoryPressure, diskPressure, pidPressure } = findings
  return [
    memoryPressure
      ? pressure(
          'MemoryPressure',
          'KubeletHasInsufficientMemory',
          'kubelet has insufficient memory available',
        )
      : calm(
          'MemoryPressure',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
        ),
    diskPressure
      ? pressure('DiskPressure', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : calm('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pidPressure
      ? pressure(
          'PIDPressure',
          'KubeletHasInsufficientPID',
          'kubelet has insufficient PID available',
        )
      : calm('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    runtimeFault === undefined
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: runtimeFault },
  ]
}

function pressure(type: string, reason: string, message: string): Verdict {
  return { type, status: 'True', reason, message }
}

function calm(type: string, reason: string, message: string): Verdict {
  return { type, status: 'False', reason, message }
}

/** Upstream's event for a change of a condition. */
export function conditionEvent(condition: NodeCondition): string | undefined {
  const events: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    MemoryPressure: { True: 'NodeHasInsufficientMemory', False: 'NodeHasSufficientMemory' },
    DiskPressure: { True: 'NodeHasDiskPressure', False: 'NodeHasNoDiskPressure' },
    PIDPressure: { True: 'NodeHasInsufficientPID', False: 'NodeHasSufficientPID' },
    Ready: { True: 'NodeReady', False: 'NodeNotReady' },
  }
  return events[condition.type]?.[condition.status]
}
