import { goQuote } from '#machinery'
import { type CheckPod, contextsOf, counted, quoted, settersText, sorted } from './check.ts'

const annotation = 'container.apparmor.security.beta.kubernetes.io/'
const allowed = ['RuntimeDefault', 'Localhost']

/** AppArmor confines containers by the runtime's profile or by one of the node. */
export const appArmorProfile: CheckPod = (pod) => {
  const isBad = (type: string | undefined) => type !== undefined && !allowed.includes(type)
  const setters = settersText(pod, ({ appArmorProfile: profile }) => isBad(profile?.type))
  const types = contextsOf(pod)
    .map(({ appArmorProfile: profile }) => profile?.type)
    .filter((type) => type !== undefined)
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(annotation) && !isAllowedValue(value))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .toSorted()
  const values = [...sorted(types.filter(isBad)), ...annotations]
  const who = [
    ...(setters ? [setters] : []),
    ...(annotations.length > 0 ? [counted('annotation', 'annotations', annotations.length)] : []),
  ]
  if (who.length === 0) return undefined
  return {
    reason: counted('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  }
}

function isAllowedValue(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/')
}
