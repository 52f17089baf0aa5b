import { statusCause } from '#machinery/status'

/** True for the refusal to create something in a namespace that is going away. */
export function namespaceIsTerminating(error: unknown): boolean {
  return statusCause(error, 'NamespaceTerminating') !== undefined
}
