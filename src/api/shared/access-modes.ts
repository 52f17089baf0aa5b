import { type FieldErrors, type FieldPath, forbiddenField } from '#machinery/validation'
import { eachItem, ensure, requireOneOf, requireValue } from './checks.ts'

const short: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

/** `RWO,ROX`: each mode once, in upstream's order. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return Object.keys(short)
    .filter((mode) => modes?.includes(mode))
    .map((mode) => short[mode])
    .join(',')
}

/** At least one mode, all known; that of a single pod stands alone. */
export function validateAccessModes(
  modes: readonly string[] | undefined,
  path: FieldPath,
): FieldErrors {
  const isAlone = !modes?.includes('ReadWriteOncePod') || modes.length === 1
  return [
    ...requireValue(modes?.length, path, 'at least 1 access mode is required'),
    ...eachItem(modes, path, (mode) => requireOneOf(mode, path, Object.keys(short).sort())),
    ...ensure(isAlone, () =>
      forbiddenField(path, 'may not use ReadWriteOncePod with other access modes'),
    ),
  ]
}
