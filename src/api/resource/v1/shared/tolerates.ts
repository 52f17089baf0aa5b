import type { DeviceTaint, DeviceToleration } from '../../../generated/types/resource-v1.ts'

/** Whether a toleration is for this taint of a device; that of no key and no effect is for all. */
export function toleratesDeviceTaint(
  { key = '', operator = 'Equal', value = '', effect = '' }: DeviceToleration,
  taint: DeviceTaint,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  return operator === 'Exists' || (operator === 'Equal' && value === (taint.value ?? ''))
}
