import type { ResourceV1 } from '#api'
import { memoized } from '#lib'
import { compileDeviceSelector } from '#rules'
import { AllocationError, type Wanted } from './requests.ts'

const compiled = memoized(compileDeviceSelector, 200, 10 * 1024)

/**
 * Whether the expressions of the class and of the request pick the device.
 * @throws AllocationError where one cannot tell.
 */
export function isSelected(
  { deviceClass, request }: Wanted,
  device: ResourceV1.Device,
  driver: string,
  claim: string,
): boolean {
  const of = (selectors: readonly ResourceV1.DeviceSelector[] | undefined, owner: string) =>
    (selectors ?? []).every(({ cel }, i) => {
      const selection = compiled(cel?.expression ?? '')
      if ('error' in selection) {
        throw new AllocationError(`${owner}: selector #${i}: CEL compile error: ${selection.error}`)
      }
      const outcome = selection.matches({ ...device, driver })
      if (typeof outcome === 'boolean') return outcome
      throw new AllocationError(`${owner}: selector #${i}: CEL runtime error: ${outcome.error}`)
    })
  return (
    of(deviceClass.spec.selectors, `class ${deviceClass.metadata.name}`) &&
    of(request.selectors, `claim ${claim}`)
  )
}
