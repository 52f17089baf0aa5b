import type { Stored } from '#machinery'
import {
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  validateImmutable,
  validateIp,
} from '#machinery/validation'
import type { ContainerStatus, Pod, PodStatus } from '../../../../generated/types/index.ts'
import { change } from '../../../../shared/change.ts'
import { eachItem, ensure, invalidWith } from '../../../../shared/checks.ts'

/** `podIP` is the first of `podIPs`; where they differ, the single one counts. */
export function mirrorIps(status: PodStatus): PodStatus {
  const pod = mirrored(status.podIP, status.podIPs)
  const host = mirrored(status.hostIP, status.hostIPs)
  return change(status, {
    podIP: pod.one,
    podIPs: pod.all,
    ...(host.all && { hostIP: host.one, hostIPs: host.all }),
  })
}

type Ips = readonly { readonly ip: string }[]

function mirrored(one: string | undefined, all: Ips | undefined): { one?: string; all?: Ips } {
  if (one && one !== all?.[0]?.ip) return { one, all: [{ ip: one }] }
  const first = all?.[0]?.ip
  return first && all ? { one: first, all } : {}
}

/** What a kubelet may say of a pod (upstream: ValidatePodStatusUpdate). */
export function validatePodStatus(pod: Pod, old: Stored<Pod>): FieldErrors {
  const path = fieldPath('status')
  const { status } = pod
  return [
    ...ensure(pod.spec?.nodeName === old.spec?.nodeName, () =>
      forbiddenField(path.child('nodeName'), 'may not be changed directly'),
    ),
    ...(status?.nominatedNodeName && status.nominatedNodeName !== old.status?.nominatedNodeName
      ? invalidWith(
          path.child('nominatedNodeName'),
          status.nominatedNodeName,
          checkDns1123Subdomain(status.nominatedNodeName),
        )
      : []),
    ...validateEnded(pod, old, path),
    ...(status?.podIPs === old.status?.podIPs
      ? []
      : validateIps(status?.podIPs, path.child('podIPs'))),
    ...(status?.hostIPs === old.status?.hostIPs
      ? []
      : validateIps(status?.hostIPs, path.child('hostIPs'))),
    ...(old.status?.qosClass
      ? validateImmutable(status?.qosClass, old.status.qosClass, path.child('qosClass'))
      : []),
  ]
}

/** A container that has ended and is not to be restarted stays ended. */
function validateEnded(pod: Pod, old: Stored<Pod>, path: FieldPath): FieldErrors {
  const lists = ['containerStatuses', 'initContainerStatuses'] as const
  const mayRestart = restartsOf(old)
  return lists.flatMap((list) => {
    // Of several with one name the first counts.
    const statuses = (pod.status?.[list] ?? []).toReversed()
    const byName = new Map(statuses.map((status) => [status.name, status]))
    return eachItem(old.status?.[list], path.child(list), (before, at) => {
      const now = byName.get(before.name)
      const isFinal = before.state?.terminated !== undefined && !mayRestart(before)
      return ensure(!isFinal || !now || now.state?.terminated !== undefined, () =>
        forbiddenField(at.child('state'), 'may not be transitioned to non-terminated state'),
      )
    })
  })
}

/** Whether a container of the pod may start again, by its status. */
function restartsOf({ spec }: Pod): (status: ContainerStatus) => boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  // Rules may restart what policies would not, and start every container of the pod again.
  if (containers.some((each) => each.restartPolicyRules?.length)) return () => true
  const policies = new Map(
    containers.toReversed().map(({ name, restartPolicy }) => [name, restartPolicy]),
  )
  return ({ name, state }) => {
    const policy = policies.get(name) ?? spec?.restartPolicy
    return policy === 'Always' || (policy === 'OnFailure' && state?.terminated?.exitCode !== 0)
  }
}

function validateIps(ips: Ips | undefined, path: FieldPath): FieldErrors {
  const families = (ips ?? []).map(({ ip }) => (ip.includes(':') ? 6 : 4))
  return [
    ...eachItem(ips, path, ({ ip }, at) => validateIp(ip, at)),
    ...ensure(new Set(families).size === families.length, () =>
      invalidField(path, ips, 'may specify no more than one IP for each IP family'),
    ),
  ]
}
