// Exports the callbacks that a module's contexts override, so that no list has to be kept by hand: a callback that is
// exported without need costs every request, and one that is forgotten is never called. Runs inside asc:
//
//   asc index.ts --transform proxy-wasm-assemblyscript-sdk/transform.mjs …
import { DiagnosticCode, NodeKind, SourceKind } from "assemblyscript";

const SDK = "proxy-wasm-assemblyscript-sdk";

/** Callback methods by the class that declares them, with the exports that call them. */
const CALLBACKS = {
  Context: {
    onVmStart: ["proxy_on_vm_start"],
    // Each configuration has an object of its own, so streams have to be told apart.
    onConfigure: ["proxy_on_configure", "proxy_on_context_create", "proxy_on_delete"],
    onValidateConfiguration: ["proxy_validate_configuration"],
    onTick: ["proxy_on_tick"],
    onQueueReady: ["proxy_on_queue_ready"],
    onForeignFunction: ["proxy_on_foreign_function"],
    createContext: ["proxy_on_context_create", "proxy_on_delete"],
    onHttpCallResponse: ["proxy_on_http_call_response"],
    onGrpcInitialMetadata: ["proxy_on_grpc_receive_initial_metadata"],
    onGrpcMessage: ["proxy_on_grpc_receive"],
    onGrpcTrailingMetadata: ["proxy_on_grpc_receive_trailing_metadata"],
    onGrpcClose: ["proxy_on_grpc_close"],
    onDone: ["proxy_on_done"],
    onLog: ["proxy_on_log"],
    onDelete: ["proxy_on_delete"],
  },
  HttpContext: {
    onRequestHeaders: ["proxy_on_request_headers"],
    onRequestBody: ["proxy_on_request_body"],
    onRequestTrailers: ["proxy_on_request_trailers"],
    onRequestMetadata: ["proxy_on_request_metadata"],
    onResponseHeaders: ["proxy_on_response_headers"],
    onResponseBody: ["proxy_on_response_body"],
    onResponseTrailers: ["proxy_on_response_trailers"],
    onResponseMetadata: ["proxy_on_response_metadata"],
  },
  TcpContext: {
    onNewConnection: ["proxy_on_new_connection"],
    onDownstreamData: ["proxy_on_downstream_data"],
    onUpstreamData: ["proxy_on_upstream_data"],
    onDownstreamClose: ["proxy_on_downstream_connection_close"],
    onUpstreamClose: ["proxy_on_upstream_connection_close"],
  },
};

/** What keeps account of callouts, and of streams what Envoy holds, by the method that makes them; overridden or not. */
const CALLOUTS = {
  httpCall: ["proxy_on_http_call_response"],
  grpcCall: ["proxy_on_grpc_receive", "proxy_on_grpc_close"],
  grpcStream: ["proxy_on_grpc_close", "proxy_on_delete"],
};

/** Those that only the filter object gets. */
const FILTER_OBJECT_ONLY = [
  "onVmStart",
  "onConfigure",
  "onValidateConfiguration",
  "onTick",
  "onQueueReady",
  "onForeignFunction",
  "createContext",
];

/** The transform that asc runs. */
export default class ExportCallbacks {
  /** Called by asc when every source has been read. */
  afterParse(parser) {
    const sources = parser.sources.filter((source) => !source.normalizedPath.startsWith(`~lib/${SDK}/`));
    const contexts = contextClasses(sources);
    if (contexts.length === 0) return;
    const error = (node, text) => parser.error(DiagnosticCode.Transform_0_1, node.range, SDK, text);
    const registered = registeredClasses(sources);
    const filterClasses = withAncestors(registered, contexts);
    const exports = new Set(["proxy_abi_version_0_2_1", "proxy_on_memory_allocate"]);
    for (const context of contexts) {
      const callbacks = callbacksOf(context.base);
      for (const method of context.methods) {
        const name = method.name.text;
        const needed = callbacks[name];
        if (needed === undefined) {
          const meant = Object.keys(callbacks).find((callback) => isSlipOf(name, callback));
          if (meant !== undefined) error(method.name, `'${name}' is no callback; did you mean '${meant}'?`);
          continue;
        }
        if (FILTER_OBJECT_ONLY.includes(name) && registered.length > 0 && !filterClasses.has(context.name)) {
          error(
            method.name,
            `'${name}' is called on the class that is registered, '${registered.join("', '")}', only`,
          );
        }
        for (const callback of needed) exports.add(callback);
      }
    }
    for (const [method, needed] of Object.entries(CALLOUTS)) {
      if (sources.some((source) => new RegExp(`\\.${method}\\b`).test(source.text)))
        for (const callback of needed) exports.add(callback);
    }
    if (registered.length === 0 && !sources.some(mentionsRegistration)) {
      const { declaration } = contexts[contexts.length - 1];
      error(declaration.name, `no class is registered: registerFilter(() => new ${declaration.name.text}())`);
    }
    const own = ownExports(sources);
    if (own.length === 0) {
      const text = `export { ${[...exports].join(", ")} } from "${SDK}/exports";\n`;
      parser.parseFile(text, "exported-callbacks.ts", true);
      return;
    }
    // A module that lists its exports itself: say what it forgot.
    const listed = new Set(own.map((member) => member.exportedName.text));
    const missing = [...exports].filter((callback) => !listed.has(callback));
    if (missing.length > 0) {
      error(own[0], `callbacks are overridden but not exported, so never called: ${missing.join(", ")}`);
    }
  }
}

/** The classes that extend one of the SDK's, by way of others or not, each with the SDK's class it ends at. */
function contextClasses(sources) {
  const declared = new Map();
  for (const source of sources) {
    const aliases = importAliases(source);
    for (const statement of source.statements) {
      if (statement.kind !== NodeKind.ClassDeclaration || statement.extendsType === null) continue;
      const parent = statement.extendsType.name.identifier.text;
      declared.set(statement.name.text, { statement, parent: aliases.get(parent) ?? parent });
    }
  }
  const contexts = [];
  for (const [name, { statement }] of declared) {
    let base = declared.get(name).parent;
    for (const seen = new Set([name]); declared.has(base) && !seen.has(base);) {
      seen.add(base);
      base = declared.get(base).parent;
    }
    if (!Object.hasOwn(CALLBACKS, base)) continue;
    const methods = statement.members.filter((member) => member.kind === NodeKind.MethodDeclaration);
    contexts.push({ name, parent: declared.get(name).parent, base, methods, declaration: statement });
  }
  return contexts;
}

/** The callbacks of one of the SDK's classes with those of its own base. */
function callbacksOf(base) {
  return { __proto__: null, ...CALLBACKS.Context, ...CALLBACKS[base] };
}

/** What a source calls the names it imports, where it calls them otherwise. */
function importAliases(source) {
  const aliases = new Map();
  for (const statement of source.statements) {
    if (statement.kind !== NodeKind.Import || statement.declarations === null) continue;
    for (const declaration of statement.declarations) {
      if (declaration.name.text !== declaration.foreignName.text) {
        aliases.set(declaration.name.text, declaration.foreignName.text);
      }
    }
  }
  return aliases;
}

/** The classes in `registerFilter(() => new X())`, as far as they stand there in so many words. */
function registeredClasses(sources) {
  const names = [];
  for (const source of sources) {
    for (const statement of source.statements) {
      const call = statement.kind === NodeKind.Expression ? statement.expression : null;
      if (call?.kind !== NodeKind.Call || call.expression.text !== "registerFilter") continue;
      const name = madeClass(call.args[0]);
      if (name !== undefined) names.push(name);
    }
  }
  return names;
}

/** The class that a function makes an object of, where it does nothing else. */
function madeClass(factory) {
  let body = factory?.kind === NodeKind.Function ? factory.declaration.body : null;
  if (body?.kind === NodeKind.Block && body.statements.length === 1) body = body.statements[0];
  if (body?.kind === NodeKind.Return) body = body.value;
  if (body?.kind === NodeKind.Expression) body = body.expression;
  return body?.kind === NodeKind.New ? body.typeName.identifier.text : undefined;
}

/** Whether a source calls `registerFilter` in whatever way. */
function mentionsRegistration(source) {
  return /\bregisterFilter\b/.test(source.text);
}

/** Those classes and all they extend. */
function withAncestors(names, contexts) {
  const all = new Set();
  for (let name of names) {
    while (name !== undefined && !all.has(name)) {
      all.add(name);
      name = contexts.find((context) => context.name === name)?.parent;
    }
  }
  return all;
}

/** What the entry files export of the SDK's callbacks by themselves. */
function ownExports(sources) {
  return sources
    .filter((source) => source.sourceKind === SourceKind.UserEntry)
    .flatMap((source) => source.statements)
    .filter((statement) => statement.kind === NodeKind.Export && statement.members !== null)
    .flatMap((statement) => statement.members)
    .filter((member) => member.exportedName.text.startsWith("proxy_"));
}

/** Whether `written` is `meant` but for one or two slips of the pen. */
function isSlipOf(written, meant) {
  if (written === meant || Math.abs(written.length - meant.length) > 2) return false;
  let row = Array.from({ length: meant.length + 1 }, (_, i) => i);
  for (let i = 1; i <= written.length; i++) {
    const next = [i];
    for (let j = 1; j <= meant.length; j++) {
      const replace = row[j - 1] + (written[i - 1] === meant[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[meant.length] <= 2;
}
