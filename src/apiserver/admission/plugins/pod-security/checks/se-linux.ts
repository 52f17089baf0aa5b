import type { SELinuxOptions } from '#api'
import { type CheckPod, contextsOf, counted, quoted, settersText, sorted } from './check.ts'

/** SELinux labels containers by one of these types, without a user or role of its own. */
export function seLinuxOptions(types: readonly string[]): CheckPod {
  const isBadType = ({ type }: SELinuxOptions) => Boolean(type) && !types.includes(type ?? '')
  const isBad = (options: SELinuxOptions | undefined) =>
    options !== undefined && (isBadType(options) || Boolean(options.user) || Boolean(options.role))
  return (pod) => {
    const setters = settersText(pod, ({ seLinuxOptions: options }) => isBad(options))
    if (!setters) return undefined
    const all = contextsOf(pod).flatMap(({ seLinuxOptions: options }) => options ?? [])
    const bad = sorted(all.filter(isBadType).map(({ type }) => type ?? ''))
    const faults = [
      ...(bad.length > 0 ? [`${counted('type', 'types', bad.length)} ${quoted(bad)}`] : []),
      ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
    ]
    const detail = `${setters} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`
    return { reason: 'seLinuxOptions', detail }
  }
}
