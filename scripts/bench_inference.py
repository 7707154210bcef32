"""Runs the same encoder weights on the same token sequences through several engines, in turns.

Called by scripts/bench_inference, which makes the virtual environment. The engines: termsift (the
example `encoder_speed`), ONNX Runtime in int8 and f32, OpenVINO in int8, and rten in int8 where a
runner for it was built. Each runs in a process of its own for one round at a time, on token ids, so
without a tokeniser; each reports the time it took for the work alone and its own peak memory.

Embeddings are the plain mean of the last hidden states, with which termsift's begin (src/model/focus.rs).
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
WORKERS = 2
PEER_BATCH = 8
CALIBRATION = 300


# ---------------------------------------------------------------- the model as ONNX


def load_weights(model):
    from safetensors.numpy import load_file

    return {name: value.astype(np.float32) for name, value in load_file(model / "model.safetensors").items()}


def dims_of(model):
    config = json.loads((model / "config.json").read_text())
    return config.get("encoder", config)


def export_onnx(model, path):
    """Writes the encoder with mean pooling, in the operators that a PyTorch export of BERT has, so
    that the engines' own fusions find their patterns."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights, dims = load_weights(model), dims_of(model)
    hidden, heads = dims["hidden_size"], dims["num_attention_heads"]
    width = hidden // heads
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(op, inputs, name, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def number(name, value):
        return constant(name, np.array(value, dtype=np.float32))

    def norm(x, prefix, name):
        scale = constant(f"{prefix}.weight", weights[f"{prefix}.weight"])
        bias = constant(f"{prefix}.bias", weights[f"{prefix}.bias"])
        return node("LayerNormalization", [x, scale, bias], name, axis=-1, epsilon=dims["layer_norm_eps"])

    def dense(x, prefix, name):
        matrix = constant(f"{prefix}.weight", weights[f"{prefix}.weight"].T)
        product = node("MatMul", [x, matrix], f"{name}/MatMul")
        return node("Add", [constant(f"{prefix}.bias", weights[f"{prefix}.bias"]), product], f"{name}/Add")

    table = "embeddings.word_embeddings.weight"
    words = node("Gather", [constant(table, weights[table]), "input_ids"], "words")
    table = "embeddings.token_type_embeddings.weight"
    types = node("Gather", [constant(table, weights[table]), "token_type_ids"], "types")
    table = "embeddings.position_embeddings.weight"
    positions = node("Gather", [constant(table, weights[table]), "position_ids"], "positions")
    x = norm(node("Add", [node("Add", [words, types], "words_types"), positions], "embedded"), "embeddings.LayerNorm", "normed")

    axes = constant("axes_12", np.array([1, 2], dtype=np.int64))
    wide = node("Cast", [node("Unsqueeze", ["attention_mask", axes], "mask_4d")], "mask_float", to=TensorProto.FLOAT)
    mask = node("Mul", [node("Sub", [number("one", 1.0), wide], "mask_off"), number("far", -10000.0)], "mask")

    split = constant("split", np.array([0, 0, heads, width], dtype=np.int64))
    join = constant("join", np.array([0, 0, hidden], dtype=np.int64))
    for layer in range(dims["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"

        def part(name, order):
            flat = dense(x, f"{at}.attention.self.{name}", f"{layer}/{name}")
            return node("Transpose", [node("Reshape", [flat, split], f"{layer}/{name}/split")], f"{layer}/{name}/heads", perm=order)

        query, key, value = part("query", [0, 2, 1, 3]), part("key", [0, 2, 3, 1]), part("value", [0, 2, 1, 3])
        scores = node("MatMul", [query, key], f"{layer}/scores")
        scaled = node("Div", [scores, number(f"{layer}/root", width**0.5)], f"{layer}/scaled")
        shares = node("Softmax", [node("Add", [scaled, mask], f"{layer}/masked")], f"{layer}/shares", axis=-1)
        mixed = node("Transpose", [node("MatMul", [shares, value], f"{layer}/mixed")], f"{layer}/mixed/rows", perm=[0, 2, 1, 3])
        context = node("Reshape", [mixed, join], f"{layer}/context")
        attended = dense(context, f"{at}.attention.output.dense", f"{layer}/attended")
        x = norm(node("Add", [attended, x], f"{layer}/residual1"), f"{at}.attention.output.LayerNorm", f"{layer}/norm1")
        inner = dense(x, f"{at}.intermediate.dense", f"{layer}/inner")
        erf = node("Erf", [node("Div", [inner, number(f"{layer}/root2", 2**0.5)], f"{layer}/gelu/div")], f"{layer}/gelu/erf")
        grown = node("Mul", [inner, node("Add", [erf, number(f"{layer}/1", 1.0)], f"{layer}/gelu/add")], f"{layer}/gelu/mul")
        gelu = node("Mul", [grown, number(f"{layer}/half", 0.5)], f"{layer}/gelu")
        outer = dense(gelu, f"{at}.output.dense", f"{layer}/outer")
        x = norm(node("Add", [outer, x], f"{layer}/residual2"), f"{at}.output.LayerNorm", f"{layer}/norm2")

    axis = constant("axis_2", np.array([2], dtype=np.int64))
    keep = node("Cast", [node("Unsqueeze", ["attention_mask", axis], "mask_3d")], "mask_3d_float", to=TensorProto.FLOAT)
    one = constant("axis_1", np.array([1], dtype=np.int64))
    total = node("ReduceSum", [node("Mul", [x, keep], "kept"), one], "total", keepdims=0)
    count = node("ReduceSum", [keep, one], "count", keepdims=0)
    node("Div", [total, count], "embedding")
    names = ["input_ids", "attention_mask", "token_type_ids", "position_ids"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", hidden])
    graph = helper.make_graph(nodes, "encoder", inputs, [output], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


def prepare(model, folder, sequences):
    """Writes what the peers need: the ONNX model, ONNX Runtime's int8 one, OpenVINO's int8 one."""
    plain = folder / "model.onnx"
    if plain.exists():
        return
    export_onnx(model, plain)

    from onnxruntime.quantization import QuantType, quantize_dynamic

    dims = dims_of(model)
    fused = folder / "fused.onnx"
    try:
        from onnxruntime.transformers.fusion_options import FusionOptions
        from onnxruntime.transformers.optimizer import optimize_model

        options = FusionOptions("bert")
        better = optimize_model(str(plain), "bert", num_heads=dims["num_attention_heads"], hidden_size=dims["hidden_size"], optimization_options=options)
        better.save_model_to_file(str(fused))
        print("ONNX Runtime fused:", better.get_fused_operator_statistics(), file=sys.stderr)
    except ImportError as error:
        print("ONNX Runtime's transformer fusions are not there:", error, file=sys.stderr)
        fused.write_bytes(plain.read_bytes())
    quantize_dynamic(str(fused), str(folder / "ort_int8.onnx"), per_channel=True, weight_type=QuantType.QInt8, reduce_range=True)
    quantize_dynamic(str(plain), str(folder / "rten_int8.onnx"), per_channel=True, weight_type=QuantType.QInt8, reduce_range=True)

    import nncf
    import openvino

    read = openvino.Core().read_model(plain)
    data = nncf.Dataset([feed([sequence]) for sequence in sequences[:CALIBRATION]])
    openvino.save_model(nncf.quantize(read, data, model_type=nncf.ModelType.TRANSFORMER, subset_size=CALIBRATION), folder / "openvino_int8.xml")


# ---------------------------------------------------------------- one round of one engine


def feed(batch):
    length = max(map(len, batch))
    ids = np.zeros((len(batch), length), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(batch):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    positions = np.broadcast_to(np.arange(length, dtype=np.int64), ids.shape)
    # Type 0, "not edited", for every token, as the example encoder_speed has it: see the top.
    types = np.zeros_like(ids)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types, "position_ids": positions}


def length_sorted(sequences, size):
    order = sorted(range(len(sequences)), key=lambda at: (-len(sequences[at]), at))
    return [order[at : at + size] for at in range(0, len(order), size)]


def in_threads(batches, run):
    """Two single-thread workers that take the next batch when they are ready."""
    results, lock, rest = [None] * len(batches), threading.Lock(), iter(range(len(batches)))

    def work():
        while True:
            with lock:
                at = next(rest, None)
            if at is None:
                return
            results[at] = run(batches[at])

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def run_onnxruntime(path, sequences, batches):
    import onnxruntime

    def session():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    shared = session()
    run = lambda batch: shared.run(None, feed([sequences[at] for at in batch]))[0]
    run(batches[len(batches) // 2])
    return lambda: in_threads(batches, run)


def run_openvino(path, sequences, batches):
    import openvino

    # bf16 stays off: int8 is what is asked for, and this leaves the rest in f32.
    settings = {"INFERENCE_NUM_THREADS": WORKERS, "NUM_STREAMS": WORKERS, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(path, "CPU", settings)
    compiled(feed([sequences[at] for at in batches[len(batches) // 2]]))

    def work():
        results = [None] * len(batches)
        queue = openvino.AsyncInferQueue(compiled, WORKERS)

        def done(request, at):
            results[at] = request.get_output_tensor(0).data.copy()

        queue.set_callback(done)
        for at, batch in enumerate(batches):
            queue.start_async(feed([sequences[at] for at in batch]), at)
        queue.wait_all()
        return results

    return work


ENGINES = {
    "onnxruntime-int8": (run_onnxruntime, "ort_int8.onnx"),
    "onnxruntime-f32": (run_onnxruntime, "fused.onnx"),
    "openvino-int8": (run_openvino, "openvino_int8.xml"),
}


def peak_mib():
    """The most memory that this process held. `ru_maxrss` would also count what its parent held when it forked."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def one_round(engine, folder):
    sequences = json.loads((folder / "ids.json").read_text())
    make, file = ENGINES[engine]
    batches = length_sorted(sequences, PEER_BATCH)
    work = make(folder / file, sequences, batches)
    wall, processor = time.perf_counter(), time.process_time()
    results = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    embeddings = np.zeros((len(sequences), results[0].shape[1]), dtype="<f4")
    for batch, rows in zip(batches, results):
        embeddings[batch] = rows
    embeddings.tofile(folder / f"{engine}.f32")
    peak = peak_mib()
    print(json.dumps({"seconds": wall, "cpu_seconds": processor, "peak_mb": peak}))


# ---------------------------------------------------------------- all rounds of all engines


def tokenised(model, texts, longest):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def texts_of(path, count):
    """Texts of clauses from the JSON Lines of `termsift scan`, each once, in an order by hash."""
    seen = set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            for clause in json.loads(line).get("clauses", []):
                text = clause.get("after") or clause.get("before")
                if text and len(text) >= 60:
                    seen.add(text)
    return sorted(seen, key=lambda text: hashlib.sha256(text.encode()).digest())[:count]


def command(engine, arguments, folder):
    if engine.startswith("termsift"):
        return [arguments.termsift, str(arguments.model), str(folder / "ids.json"), str(WORKERS), str(folder / f"{engine}.f32")]
    if engine == "rten-int8":
        return [arguments.rten, str(folder / "rten_int8.onnx"), str(folder / "ids.json"), str(WORKERS), str(folder / f"{engine}.f32")]
    return [sys.executable, __file__, "--one-round", engine, "--folder", str(folder)]


def cosines(a, b):
    return np.sum(a * b, 1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def versions():
    from importlib.metadata import version

    return {name: version(name) for name in ("onnxruntime", "openvino", "nncf", "numpy")}


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    entries = dict(line.split("\t: ", 1) for line in (line.replace("\t\t", "\t").replace("\t\t", "\t") for line in lines) if "\t: " in line)
    flags = entries.get("flags", "").split()
    known = [flag for flag in ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8") if flag in flags]
    return f"{entries.get('model name', '?')} (family {entries.get('cpu family', '?')}, model {entries.get('model', '?')}; {', '.join(known)})"


def measure(arguments):
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    sequences = tokenised(arguments.model, texts_of(arguments.records, arguments.count), arguments.longest)
    (folder / "ids.json").write_text(json.dumps(sequences))
    prepare(arguments.model, folder, sequences)
    engines = ["termsift", "openvino-int8", "onnxruntime-int8", "onnxruntime-f32"] + (["rten-int8"] if arguments.rten else [])
    rounds = {engine: [] for engine in engines}
    for number in range(arguments.rounds):
        for engine in engines if number % 2 == 0 else engines[::-1]:
            run = subprocess.run(command(engine, arguments, folder), capture_output=True, text=True, check=False)
            if run.returncode:
                sys.exit(f"{engine} failed:\n{run.stderr[-3000:]}")
            rounds[engine].append(json.loads(run.stdout.splitlines()[-1]))
            print(number, engine, rounds[engine][-1], file=sys.stderr)
    lengths = [len(sequence) for sequence in sequences]
    tokens = sum(lengths)
    width = dims_of(arguments.model)["hidden_size"]
    reference = np.fromfile(folder / "onnxruntime-f32.f32", dtype="<f4").reshape(-1, width)
    results = {}
    for engine, runs in rounds.items():
        median = lambda key: statistics.median(run[key] for run in runs)
        found = np.fromfile(folder / f"{engine}.f32", dtype="<f4").reshape(-1, width)
        cosine = cosines(found, reference)
        results[engine] = {
            "tokens_per_second": round(tokens / median("seconds")),
            "tokens_per_cpu_second": round(tokens / median("cpu_seconds")),
            "clauses_per_second": round(len(sequences) / median("seconds"), 1),
            "peak_mb": round(median("peak_mb")),
            "cosine_mean": round(float(cosine.mean()), 5),
            "cosine_least": round(float(cosine.min()), 5),
            "rounds": [{key: round(value, 3) for key, value in run.items() if isinstance(value, float)} for run in runs],
        }
        for key in ("load_ms", "gemm_gops", "instruction_set"):
            if key in runs[0]:
                results[engine][key] = runs[0][key] if isinstance(runs[0][key], str) else round(median(key), 1)
    own = results["termsift"]
    dims = dims_of(arguments.model)
    products = 2 * dims["num_hidden_layers"] * (4 * width * width + 2 * width * dims["intermediate_size"])
    own["operations_per_token"] = products
    if "gemm_gops" in own:
        own["share_of_gemm_ceiling"] = round(own["tokens_per_cpu_second"] * products / own["gemm_gops"] / 1e9, 3)
    ratios = {
        engine: {kind: round(own[kind] / results[engine][kind], 2) for kind in ("tokens_per_second", "tokens_per_cpu_second")}
        for engine in engines
        if engine != "termsift"
    }
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "load_before": arguments.load,
        "versions": versions() | {"python": platform.python_version()},
        "model": {key: dims[key] for key in ("hidden_size", "num_hidden_layers", "intermediate_size")},
        "clauses": len(sequences),
        "tokens": tokens,
        "tokens_mean": round(tokens / len(sequences), 1),
        "tokens_median": statistics.median(lengths),
        "rounds": arguments.rounds,
        "workers": WORKERS,
        "engines": results,
        "termsift_over": ratios,
    }


# ---------------------------------------------------------------- what is written


def table(report):
    rows = [
        "# Inference speed",
        "",
        f"The encoder alone, on token ids: {report['clauses']:,} clauses, {report['tokens']:,} tokens (mean {report['tokens_mean']}, "
        f"median {report['tokens_median']:g}), {report['model']['num_hidden_layers']} layers of {report['model']['hidden_size']}. "
        f"Medians of {report['rounds']} rounds in turns, {report['workers']} workers each; peers in length-sorted batches of {PEER_BATCH}.",
        "",
        f"Processor: {report['processor']}, {report['cores']} cores; load when it began: {report['load_before'][0]:.1f}. {report['date']}. "
        + ", ".join(f"{name} {version}" for name, version in report["versions"].items())
        + ".",
        "",
        "| engine | tokens/s | tokens per CPU second | clauses/s | peak memory, MB | cosine to f32: mean | least |",
        "|---|---|---|---|---|---|---|",
    ]
    for engine, found in sorted(report["engines"].items(), key=lambda pair: -pair[1]["tokens_per_cpu_second"]):
        rows.append(
            f"| {engine} | {found['tokens_per_second']:,} | {found['tokens_per_cpu_second']:,} | {found['clauses_per_second']:,} "
            f"| {found['peak_mb']} | {found['cosine_mean']:.4f} | {found['cosine_least']:.4f} |"
        )
    rows += ["", "| termsift against | wall clock | CPU time |", "|---|---|---|"]
    for engine, ratio in report["termsift_over"].items():
        rows.append(f"| {engine} | {ratio['tokens_per_second']:.2f} × | {ratio['tokens_per_cpu_second']:.2f} × |")
    own = report["engines"]["termsift"]
    rows += ["", f"termsift computed with {own.get('instruction_set', '?')}; its weights were packed in {own.get('load_ms', 0):.0f} ms."]
    if "share_of_gemm_ceiling" in own:
        rows.append(
            f"Its product kernel alone makes {own['gemm_gops']:.0f} G operations a second on one core with all data in cache; "
            f"the whole encoder makes {100 * own['share_of_gemm_ceiling']:.0f} % of that per CPU second."
        )
    rows += [
        "",
        "Wall-clock figures suffer when other work runs on the machine; CPU time suffers less, so the ratios in CPU time are the steadier ones.",
        "",
        "![Tokens per CPU second](inference.svg)",
        "",
        "Made by `scripts/bench_inference`.",
        "",
    ]
    return "\n".join(rows)


def plot(report):
    engines = sorted(report["engines"].items(), key=lambda pair: -pair[1]["tokens_per_cpu_second"])
    most = engines[0][1]["tokens_per_cpu_second"]
    height = 34 * len(engines) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{height}" viewBox="0 0 640 {height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/><text x="10" y="22" font-weight="bold">Tokens per CPU second, same weights and sequences</text>',
    ]
    for at, (engine, found) in enumerate(engines):
        y, size = 36 + at * 34, 380 * found["tokens_per_cpu_second"] / most
        colour = "#1b6ca8" if engine == "termsift" else "#b8c4ce"
        parts.append(
            f'<text x="10" y="{y + 17}">{engine}</text><rect x="150" y="{y}" width="{size:.0f}" height="24" fill="{colour}"/>'
            f'<text x="{156 + size:.0f}" y="{y + 17}">{found["tokens_per_cpu_second"]:,}</text>'
        )
    return "\n".join(parts) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one-round", choices=ENGINES)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "termsift-bench")
    parser.add_argument("--model", type=Path, help="folder with model.safetensors, config.json and tokenizer.json")
    parser.add_argument("--records", type=Path, help="JSON Lines of `termsift scan`")
    parser.add_argument("--termsift", help="the built example encoder_speed")
    parser.add_argument("--rten", help="a runner for rten, if there is one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=1024)
    parser.add_argument("--longest", type=int, default=128)
    parser.add_argument("--results", type=Path, default=HERE.parent / "eval" / "results")
    arguments = parser.parse_args()
    if arguments.one_round:
        return one_round(arguments.one_round, arguments.folder)
    arguments.load = os.getloadavg()
    report = measure(arguments)
    arguments.results.mkdir(parents=True, exist_ok=True)
    (arguments.results / "inference.json").write_text(json.dumps(report, indent=1) + "\n")
    (arguments.results / "inference.md").write_text(table(report))
    (arguments.results / "inference.svg").write_text(plot(report))
    print(table(report))


if __name__ == "__main__":
    main()
