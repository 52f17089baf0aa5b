import { type FieldErrors, type FieldPath, invalidField, parseCidr } from '#machinery/validation'

/** An address with the length of its network, in its shortest form: `192.168.1.5/24`. */
export function validateInterfaceAddress(value: string, path: FieldPath): FieldErrors {
  const network = parseCidr(value)
  if (!network) {
    const detail = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'
    return [invalidField(path, value, detail)]
  }
  const canonical = `${network.address.text}/${network.prefixLength}`
  return value === canonical
    ? []
    : [invalidField(path, value, `must be in canonical form (${JSON.stringify(canonical)})`)]
}
