"""A training script as people wrote them for transformers 4 on SageMaker: nothing of it knows Traindrop.

Its channels hold datasets that `save_to_disk` wrote, with the columns `text` and `label`.
"""

import argparse
import logging
import os
import sys

import numpy as np
from datasets import load_from_disk
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--per_device_train_batch_size", type=int, default=32)
    parser.add_argument("--per_device_eval_batch_size", type=int, default=64)
    parser.add_argument("--learning_rate", type=float, default=5e-5)
    parser.add_argument("--model_name_or_path", type=str)
    parser.add_argument("--model_dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument(
        "--output_data_dir", type=str, default=os.environ["SM_OUTPUT_DATA_DIR"]
    )
    parser.add_argument("--n_gpus", type=int, default=int(os.environ["SM_NUM_GPUS"]))
    parser.add_argument(
        "--training_dir", type=str, default=os.environ["SM_CHANNEL_TRAIN"]
    )
    parser.add_argument("--test_dir", type=str, default=os.environ["SM_CHANNEL_TEST"])
    return parser.parse_known_args()[0]


def accuracy(prediction):
    found = np.argmax(prediction.predictions, axis=1)
    return {"accuracy": float((found == prediction.label_ids).mean())}


def main():
    args = parse_args()
    logging.basicConfig(
        level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s"
    )
    logger = logging.getLogger(__name__)

    tokenizer = AutoTokenizer.from_pretrained(args.model_name_or_path)
    model = AutoModelForSequenceClassification.from_pretrained(
        args.model_name_or_path, num_labels=2
    )

    def tokenize(batch):
        return tokenizer(batch["text"], truncation=True)

    train_dataset = load_from_disk(args.training_dir).map(tokenize, batched=True)
    test_dataset = load_from_disk(args.test_dir).map(tokenize, batched=True)
    logger.info(
        "loaded %d rows to train, %d to test", len(train_dataset), len(test_dataset)
    )

    training_args = TrainingArguments(
        output_dir=os.path.join(args.output_data_dir, "checkpoints"),
        overwrite_output_dir=True,
        num_train_epochs=args.epochs,
        per_device_train_batch_size=args.per_device_train_batch_size,
        per_device_eval_batch_size=args.per_device_eval_batch_size,
        learning_rate=args.learning_rate,
        warmup_ratio=0.1,
        evaluation_strategy="epoch",
        save_strategy="no",
        logging_dir=os.path.join(args.output_data_dir, "logs"),
        logging_steps=5,
        report_to="none",
    )
    trainer = Trainer(
        model=model,
        args=training_args,
        compute_metrics=accuracy,
        data_collator=DataCollatorWithPadding(tokenizer),
        train_dataset=train_dataset,
        eval_dataset=test_dataset,
        tokenizer=tokenizer,
    )
    trainer.train()

    result = trainer.evaluate(eval_dataset=test_dataset)
    with open(os.path.join(args.output_data_dir, "eval_results.txt"), "w") as file:
        for key, value in sorted(result.items()):
            file.write(f"{key} = {value}\n")
    logger.info("evaluated: %s", result)

    trainer.save_model(args.model_dir)


if __name__ == "__main__":
    main()
