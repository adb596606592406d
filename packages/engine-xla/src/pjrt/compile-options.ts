// Options of a compilation in protobuf's wire format: one replica, one partition, and XLA's flags.
//
// Source: xla/pjrt/proto/compile_options.proto. CompileOptionsProto has executable_build_options = 3 { num_replicas = 4,
// num_partitions = 5 } and env_option_overrides = 7, a map from a flag to OptionOverrideProto { string_field = 1 |
// bool_field = 2 | int_field = 3 | double_field = 4 }. XLA rejects unknown flags.

/** XLA's flags by name, without dashes: `{ xla_cpu_enable_fast_min_max: false }`. Numbers are non-negative integers. */
export type Flags = Readonly<Record<string, string | boolean | number>>;

const VARINT = 0;
const LENGTH = 2;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

const integer = (field: number, value: number) => [...varint(8 * field + VARINT), ...varint(value)];
const message = (field: number, bytes: readonly number[]) => [
  ...varint(8 * field + LENGTH),
  ...varint(bytes.length),
  ...bytes,
];
const text = (field: number, value: string) => message(field, [...new TextEncoder().encode(value)]);

export function compileOptions(flags: Flags = {}): Uint8Array {
  const entries = Object.entries(flags).flatMap(([name, value]) =>
    message(7, [...text(1, name), ...message(2, override(value))]),
  );
  return Uint8Array.from([...message(3, [...integer(4, 1), ...integer(5, 1)]), ...entries]);
}

function override(value: string | boolean | number): number[] {
  if (typeof value === 'string') return text(1, value);
  return typeof value === 'boolean' ? integer(2, value ? 1 : 0) : integer(3, value);
}
