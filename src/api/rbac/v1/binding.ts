import type { Column } from '#machinery'
import type { ClusterRoleBinding, RoleBinding, Subject } from '../../generated/types/rbac-v1.ts'
import { change, fill, mapItems } from '../../shared/change.ts'
import { ageColumn, nameColumn, text, wide } from '../../shared/columns.ts'
import { rbacGroup } from './validation.ts'

type Binding = RoleBinding | ClusterRoleBinding

/** A binding whose role and people are of the RBAC group where nothing else is said. */
export function defaultBinding<T extends Binding>(binding: T): T {
  return change<Binding>(binding, {
    roleRef: binding.roleRef && fill(binding.roleRef, { apiGroup: rbacGroup }),
    subjects: mapItems(binding.subjects, (subject) =>
      subject.kind === 'User' || subject.kind === 'Group'
        ? fill(subject, { apiGroup: rbacGroup })
        : subject,
    ),
  }) as T
}

/** What `kubectl get` shows of a binding. */
export function bindingColumns<T extends Binding>(): Column<T>[] {
  const of = (kind: string, name: (subject: Subject) => string) => (binding: Binding) =>
    (binding.subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map(name)
      .join(', ')
  return [
    nameColumn,
    text<T>('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn,
    ...wide<T>(
      text(
        'Users',
        of('User', ({ name }) => name),
      ),
      text(
        'Groups',
        of('Group', ({ name }) => name),
      ),
      text(
        'ServiceAccounts',
        of('ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
      ),
    ),
  ]
}
