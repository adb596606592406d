// The C layouts of the PJRT API: where its functions stand in the table, and where the fields stand in their arguments.
//
// Source: xla/pjrt/c/pjrt_c_api.h, compared at versions 0.81, 0.106, 0.113 and 0.115. Functions and fields are only ever
// appended, so one table serves all of them; Error_ForEachPayload and its like, which are never called, are left out.

/** PJRT_Api starts with its size, its extensions and a version struct; then function pointers follow, in this order. */
export const FIRST_SLOT = 40;

/** Positions of the functions among the pointers. Those marked optional may be missing in an older plugin. */
export const SLOTS = {
  Error_Destroy: 0,
  Error_Message: 1,
  Error_GetCode: 2,
  Plugin_Initialize: 3,
  Plugin_Attributes: 4,
  Event_Destroy: 5,
  Event_IsReady: 6,
  Event_Await: 8,
  Client_Create: 10,
  Client_Destroy: 11,
  Client_PlatformName: 12,
  Client_PlatformVersion: 14,
  Client_AddressableDevices: 16,
  Client_Compile: 20,
  Client_BufferFromHostBuffer: 22,
  DeviceDescription_Attributes: 25,
  DeviceDescription_Kind: 26,
  Device_GetDescription: 29,
  Device_MemoryStats: 34,
  Executable_Destroy: 40,
  Executable_NumOutputs: 44,
  Executable_OptimizedProgram: 48,
  Executable_Serialize: 49,
  LoadedExecutable_Destroy: 50,
  LoadedExecutable_GetExecutable: 51,
  LoadedExecutable_Execute: 55,
  Executable_DeserializeAndLoad: 56,
  Buffer_Destroy: 58,
  Buffer_ToHostBuffer: 70,
  Buffer_UnsafePointer: 73,
} as const;

export type FunctionName = keyof typeof SLOTS;

/** The last function that this client cannot do without; a plugin with a shorter table is too old. */
export const LAST_NEEDED: FunctionName = 'Buffer_UnsafePointer';

/** Bytes of a field: 8 for pointers, size_t and int64, 4 for int, float and enumerations, 1 for bool. */
export type Width = 8 | 4 | 1;

/** The bytes before the first field of every struct: size_t struct_size, and the pointer to extensions. */
const HEADER = 16;

/**
 * The fields of each struct after its header, in order. Structs of the same form share an entry: `Object` is any struct with one
 * handle, `ObjectOut` any with a handle and a pointer or size that the plugin fills in, and so on.
 */
export const STRUCTS = {
  Empty: {},
  Object: { object: 8 },
  ObjectOut: { object: 8, out: 8 },
  /** A handle, and a text that belongs to it. */
  ObjectText: { object: 8, text: 8, size: 8 },
  ErrorCode: { error: 8, code: 4 },
  PluginAttributes: { attributes: 8, count: 8 },
  DeviceAttributes: { description: 8, count: 8, attributes: 8 },
  EventReady: { event: 8, ready: 1 },
  ClientCreate: {
    options: 8,
    count: 8,
    kvGet: 8,
    kvGetArgument: 8,
    kvPut: 8,
    kvPutArgument: 8,
    client: 8,
    kvTryGet: 8,
    kvTryGetArgument: 8,
  },
  ClientDevices: { client: 8, devices: 8, count: 8 },
  Program: { code: 8, size: 8, format: 8, formatSize: 8 },
  ClientCompile: { client: 8, program: 8, options: 8, optionsSize: 8, executable: 8 },
  BufferFromHost: {
    client: 8,
    data: 8,
    type: 4,
    dims: 8,
    rank: 8,
    strides: 8,
    strideCount: 8,
    semantics: 4,
    device: 8,
    memory: 8,
    layout: 8,
    done: 8,
    buffer: 8,
  },
  BufferToHost: { buffer: 8, layout: 8, data: 8, size: 8, event: 8 },
  ExecuteOptions: {
    sendCallbacks: 8,
    receiveCallbacks: 8,
    sendCount: 8,
    receiveCount: 8,
    launch: 4,
    nonDonatable: 8,
    nonDonatableCount: 8,
    context: 8,
    callLocation: 8,
    taskCount: 8,
    tasks: 8,
    incarnations: 8,
  },
  Execute: {
    executable: 8,
    options: 8,
    arguments: 8,
    deviceCount: 8,
    argumentCount: 8,
    outputs: 8,
    events: 8,
    device: 8,
  },
  Serialize: { executable: 8, bytes: 8, size: 8, holder: 8, deleter: 8 },
  Deserialize: { client: 8, bytes: 8, size: 8, executable: 8, options: 8, optionsSize: 8 },
  MemoryStats: {
    device: 8,
    used: 8,
    peak: 8,
    peakKnown: 1,
    allocations: 8,
    allocationsKnown: 1,
    largest: 8,
    largestKnown: 1,
    limit: 8,
    limitKnown: 1,
    reserved: 8,
    reservedKnown: 1,
    peakReserved: 8,
    peakReservedKnown: 1,
    reservable: 8,
    reservableKnown: 1,
    largestFree: 8,
    largestFreeKnown: 1,
    pool: 8,
    poolKnown: 1,
    peakPool: 8,
    peakPoolKnown: 1,
  },
  NamedValue: { name: 8, nameSize: 8, type: 4, value: 8, valueSize: 8 },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Width>>>>;

export type StructName = keyof typeof STRUCTS;
export type FieldName<S extends StructName> = keyof (typeof STRUCTS)[S] & string;

export interface Field {
  readonly offset: number;
  readonly width: Width;
}

export interface Layout<F extends string = string> {
  readonly fields: Readonly<Record<F, Field>>;
  /** The end of the last field: what struct_size means, which leaves out the padding at the end. */
  readonly size: number;
}

/** Natural alignment: each field starts at a multiple of its width. */
function layOut(widths: Readonly<Record<string, Width>>): Layout {
  const fields: Record<string, Field> = {};
  let end = HEADER;
  for (const [name, width] of Object.entries(widths)) {
    const offset = Math.ceil(end / width) * width;
    fields[name] = { offset, width };
    end = offset + width;
  }
  return { fields, size: end };
}

const ALL = Object.fromEntries(
  Object.entries(STRUCTS).map(([name, widths]) => [name, layOut(widths)]),
) as Readonly<Record<StructName, Layout>>;

/** Offsets and size of a struct. */
export function layoutOf<S extends StructName>(name: S): Layout<FieldName<S>> {
  return ALL[name] as Layout<FieldName<S>>;
}

/** The distance of two named values in an array: the struct with its padding. */
export const NAMED_VALUE_STRIDE = Math.ceil(ALL.NamedValue.size / 8) * 8;

/** PJRT_NamedValue_Type, in order. */
export const NAMED_VALUE_TYPES = ['string', 'int64', 'int64List', 'float', 'bool'] as const;

/** PJRT_Buffer_Type of a tensor's dtype; `bool` has one byte. */
export const BUFFER_TYPES = { bool: 1, int32: 4, float32: 11, float64: 12 } as const;

/** PJRT_HostBufferSemantics: the plugin copies before the call returns. */
export const IMMUTABLE_ONLY_DURING_CALL = 0;
